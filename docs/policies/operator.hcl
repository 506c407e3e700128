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
