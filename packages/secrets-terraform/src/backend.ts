import { type Backend, cachedStorage, type Mount } from "@vault-ts/vault-plugin";
import { createEngine } from "./engine.ts";
import { configPath } from "./paths/config.ts";
import { credsPath } from "./paths/creds.ts";
import { rolePath } from "./paths/role.ts";
import { rolesPath } from "./paths/roles.ts";
import { rotateRolePath } from "./paths/rotate-role.ts";
import { STORED_TOKEN_PREFIX } from "./tokens/stored-token.ts";

/** The Terraform Cloud secrets engine of one mount. */
export function createBackend(mount: Mount): Backend {
  const storage = cachedStorage(mount);
  const engine = createEngine({ ...mount, storage });
  return {
    help: `
Hands out API tokens of HCP Terraform (Terraform Cloud) and Terraform Enterprise.

A role names a user, a team or an organization. Reading creds/NAME gives a token for it: a new
one with a lease for a user or a team, the stored one for an organization or, as team_legacy,
for a team. Write the token that the mount itself uses to config first.`,
    paths: [
      configPath(engine),
      rolePath(engine),
      rolesPath(engine),
      credsPath(engine),
      rotateRolePath(engine),
    ],
    secrets: [engine.leasedTokens.secret],
    wals: [engine.leasedTokens.wal, engine.storedTokens.wal],
    specialPaths: {
      sealWrapStorage: ["config", "role/*", `${STORED_TOKEN_PREFIX}*`],
    },
    invalidate: (key) => storage.invalidate(key),
  };
}
