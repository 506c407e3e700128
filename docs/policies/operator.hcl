# The operator of a mount: configuration, roles and rotation, and no credentials.

path "terraform/config" {
  capabilities = ["create", "read", "update", "delete"]
}

# Roles need no "create": a write is an update, whether the role is there or not.
path "terraform/role/*" {
  capabilities = ["read", "update", "delete", "list"]
}

path "terraform/rotate-role/*" {
  capabilities = ["update"]
}

# A new token for the mount itself: nobody sees it.
path "terraform/rotate-root" {
  capabilities = ["update"]
}

# What the mount knows of its tokens, none of which is shown.
path "terraform/status/*" {
  capabilities = ["read", "list"]
}

path "terraform/check" {
  capabilities = ["read"]
}

path "terraform/check/*" {
  capabilities = ["read"]
}

# Tokens that nothing holds: found, and deleted with dry_run=false.
path "terraform/tidy" {
  capabilities = ["update"]
}
