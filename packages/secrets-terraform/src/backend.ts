import type { Backend, Mount } from "@vault-ts/vault-plugin";
import { createEngine, type EngineOptions } from "./engine.ts";
import { enumerate } from "./enumerate.ts";
import { LEASED_TYPES, STORED_TYPES } from "./kinds/index.ts";
import { LEASE_PREFIX, SINCE_KEY } from "./leased/lease-entry.ts";
import { checkPath, checkRolePath } from "./paths/check.ts";
import { configPath } from "./paths/config.ts";
import { credsPath } from "./paths/creds.ts";
import { rolePath, rolesPath } from "./paths/role.ts";
import { rotateRolePath } from "./paths/rotate-role.ts";
import { rotateRootPath } from "./paths/rotate-root.ts";
import { statusesPath, statusPath } from "./paths/status.ts";
import { tidyPath } from "./paths/tidy.ts";
import { ROLE_PREFIX } from "./role/role-entry.ts";
import { STORED_TOKEN_PREFIX } from "./stored/stored-token.ts";

/** The Terraform Cloud secrets engine of one mount. */
export function createBackend(mount: Mount, options: EngineOptions = {}): Backend {
  const engine = createEngine(mount, options);
  return {
    help: `
Issues API tokens of HCP Terraform (Terraform Cloud) and Terraform Enterprise.

First write the token that the mount itself uses to config. A role names the owner and the type of a
token. Reading creds/NAME issues a new token with a lease (types ${enumerate(LEASED_TYPES, "and")}),
or returns the stored token (types ${enumerate(STORED_TYPES, "and")}).`,
    paths: [
      configPath(engine),
      rolePath(engine),
      rolesPath(engine),
      credsPath(engine),
      rotateRolePath(engine),
      rotateRootPath(engine),
      statusPath(engine),
      statusesPath(engine),
      checkPath(engine),
      checkRolePath(engine),
      tidyPath(engine),
    ],
    secrets: [engine.leases.secret],
    wals: [engine.storedTokens.wal, engine.leases.oldWal, ...engine.rotations.wals],
    specialPaths: {
      localStorage: [LEASE_PREFIX, SINCE_KEY],
      sealWrapStorage: ["config", ROLE_PREFIX, STORED_TOKEN_PREFIX],
    },
    initialize: async () => engine.rotations.start(),
    async cleanup() {
      engine.rotations.stop();
      engine.drift.stop();
    },
    async periodic(tick) {
      const work = [
        engine.leases.reconciler.reconcile(tick),
        engine.rotations.run(tick),
        engine.drift.run(tick),
      ];
      await Promise.all(work);
    },
    invalidate: (key) => engine.invalidate(key),
  };
}
