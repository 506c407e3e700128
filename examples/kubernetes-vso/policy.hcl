# What the operator does: it reads creds, renews its leases, and revokes them.
path "terraform/creds/my-role" {
  capabilities = ["read"]
}

path "terraform/creds/testing" {
  capabilities = ["read"]
}

path "sys/leases/renew" {
  capabilities = ["update"]
  allowed_parameters = {
    "lease_id"  = ["terraform/creds/my-role/*"]
    "increment" = []
  }
}

path "sys/leases/revoke" {
  capabilities = ["update"]
  allowed_parameters = {
    "lease_id" = ["terraform/creds/my-role/*"]
    "sync"     = []
  }
}
