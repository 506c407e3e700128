import type { Mount } from "@vault-ts/vault-plugin";
import type { Config } from "../config/config.ts";
import type { Role } from "../role/role.ts";
import type { LeaseBounds } from "./lease-terms.ts";

/** What bounds all leases of a mount, in seconds. */
type MountTtls = Pick<LeaseBounds, "mountDefaultTtl" | "mountMaxTtl">;

/** What bounds the leases of a mount now, by the host's configuration. */
export async function mountTtls({ system }: Pick<Mount, "system">): Promise<MountTtls> {
  const [mountDefaultTtl, mountMaxTtl] = await Promise.all([
    system.defaultLeaseTtl(),
    system.maxLeaseTtl(),
  ]);
  return { mountDefaultTtl, mountMaxTtl };
}

/** What bounds the leases of a role. */
export function boundsOf(ttls: MountTtls, role: Role, config: Config): LeaseBounds {
  return {
    ...ttls,
    roleTtl: role.ttl,
    roleMaxTtl: role.max_ttl,
    explicitMaxTtl: config.explicit_max_ttl,
  };
}
