# A pipeline that takes leased tokens of one role, my-role, and ends them when it is done.
#
# The policy "default" allows the renewal of any lease whose id one knows: make tokens with -no-default-policy where that matters.

path "terraform/creds/my-role" {
  capabilities = ["read"]
}

path "sys/leases/renew" {
  capabilities = ["update"]
  required_parameters = ["lease_id"]
  allowed_parameters = {
    "lease_id"  = ["terraform/creds/my-role/*"]
    "increment" = []
  }
}

path "sys/leases/revoke" {
  capabilities = ["update"]
  required_parameters = ["lease_id"]
  allowed_parameters = {
    "lease_id" = ["terraform/creds/my-role/*"]
    "sync"     = []
  }
}

# The same as `bao lease revoke` asks for it. A lease_id in the body would win over that of the path.
path "sys/leases/revoke/terraform/creds/my-role/*" {
  capabilities = ["update"]
  allowed_parameters = {
    "sync" = []
  }
}
