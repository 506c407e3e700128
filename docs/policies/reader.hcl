# A reader of one stored token, that of the role testing: it has no lease, so that there is nothing to renew or to revoke.

path "terraform/creds/testing" {
  capabilities = ["read"]
}
