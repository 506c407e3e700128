# The server is that of BAO_ADDR. Paths are relative to where the agent is started.
auto_auth {
  method "approle" {
    config = {
      role_id_file_path                   = "role-id"
      secret_id_file_path                 = "secret-id"
      remove_secret_id_file_after_reading = false
    }
  }
}

env_template "TF_TOKEN_app_terraform_io" {
  contents             = "{{ with secret \"terraform/creds/my-role\" }}{{ .Data.token }}{{ end }}"
  error_on_missing_key = true
}

exec {
  command                   = ["./job.sh"]
  restart_on_secret_changes = "never"
}
