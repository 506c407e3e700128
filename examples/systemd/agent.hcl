# The server is that of BAO_ADDR.
auto_auth {
  method "approle" {
    config = {
      role_id_file_path                   = "/etc/terraform-token/role-id"
      secret_id_file_path                 = "/etc/terraform-token/secret-id"
      remove_secret_id_file_after_reading = false
    }
  }
}

template {
  contents    = "TF_TOKEN_app_terraform_io={{ with secret \"terraform/creds/my-role\" }}{{ .Data.token }}{{ end }}\n"
  destination = "/run/terraform-token/env"
  perms       = "0600"
}
