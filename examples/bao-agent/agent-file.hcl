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

template {
  contents    = <<-EOT
    {{ with secret "terraform/creds/my-role" }}
    {"credentials": {"app.terraform.io": {"token": "{{ .Data.token }}"}}}
    {{ end }}
  EOT
  destination = "credentials.tfrc.json"
  perms       = "0600"
}
