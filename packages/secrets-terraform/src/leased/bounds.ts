import type { Mount } from "@vault-ts/vault-plugin";
import type { Config } from "../config/config.ts";
import type { Role } from "../role/role.ts";
import type { LeaseBounds } from "./lease-terms.ts";

/** What bounds the leases of a role at present. */
export async function boundsOf(
  { system }: Pick<Mount, "system">,
  role: Role,
  config: Config,
): Promise<LeaseBounds> {
  const [mountDefaultTtl, mountMaxTtl] = await Promise.all([
    system.defaultLeaseTtl(),
    system.maxLeaseTtl(),
  ]);
  return {
    roleTtl: role.ttl,
    roleMaxTtl: role.max_ttl,
    mountDefaultTtl,
    mountMaxTtl,
    explicitMaxTtl: config.explicit_max_ttl,
  };
}
