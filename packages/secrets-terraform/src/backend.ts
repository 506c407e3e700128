import type { Backend, Mount } from "@vault-ts/vault-plugin";
import { createEngine, type EngineOptions } from "./engine.ts";
import { enumerate } from "./enumerate.ts";
import { LEASED_TYPES, STORED_TYPES } from "./kinds/index.ts";
import { LEASE_PREFIX } from "./leased/lease-entry.ts";
import { configPath } from "./paths/config.ts";
import { credsPath } from "./paths/creds.ts";
import { rolePath, rolesPath } from "./paths/role.ts";
import { rotateRolePath } from "./paths/rotate-role.ts";
import { rotateRootPath } from "./paths/rotate-root.ts";
import { ROLE_PREFIX } from "./role/role-entry.ts";
import { STORED_TOKEN_PREFIX } from "./stored/stored-token.ts";

/** The Terraform Cloud secrets engine of one mount. */
export function createBackend(mount: Mount, options: EngineOptions = {}): Backend {
  const engine = createEngine(mount, options);
  return {
    help: `
Issues API tokens of HCP Terraform (Terraform Cloud) and Terraform Enterprise.

A role says whose token it is for, and of which kind. Reading creds/NAME returns one: a new one with a lease (${enumerate(LEASED_TYPES, "or")}), or the stored one
(${enumerate(STORED_TYPES, "or")}). Write the token that the mount itself uses to config first.`,
    paths: [
      configPath(engine),
      rolePath(engine),
      rolesPath(engine),
      credsPath(engine),
      rotateRolePath(engine),
      rotateRootPath(engine),
    ],
    secrets: [engine.leases.secret],
    wals: [engine.storedTokens.wal, engine.leases.oldWal, ...engine.rotations.wals],
    specialPaths: {
      localStorage: [LEASE_PREFIX],
      sealWrapStorage: ["config", `${ROLE_PREFIX}*`, `${STORED_TOKEN_PREFIX}*`],
    },
    initialize: async () => engine.rotations.start(),
    cleanup: async () => engine.rotations.stop(),
    async periodic(tick) {
      await Promise.all([engine.leases.reconciler.reconcile(tick), engine.rotations.run(tick)]);
    },
    invalidate: (key) => engine.invalidate(key),
  };
}
