import type { Engine } from "../engine.ts";
import { effectiveType, KINDS, type Kind } from "../kinds/index.ts";
import { isPastEnd, type TaggedLease } from "../leased/lease-entry.ts";
import type { StoredOwner } from "../owner.ts";
import type { Role } from "../role/role.ts";
import { readStoredToken } from "../stored/stored-token.ts";
import { readDrift } from "./drift-entry.ts";
import { rotationOf } from "./rotation-of.ts";

/**
 * The number of live leases of each role that has any. Counted once for all roles: there may be
 * thousands of both.
 *
 * @param leases Those of the mount.
 */
export function countLive(
  leases: readonly TaggedLease[],
  now: number,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const lease of leases) {
    if (lease.state === "issued" && !isPastEnd(lease, now))
      counts.set(lease.role, (counts.get(lease.role) ?? 0) + 1);
  }
  return counts;
}

/**
 * What the mount knows of a role's tokens, from its storage alone.
 *
 * @param live The number of live leases of each role, for one with leased tokens.
 */
export async function statusOf({ mount }: Engine, role: Role, live: ReadonlyMap<string, number>) {
  const credential_type = effectiveType(role);
  const kind: Kind = KINDS[credential_type];
  const owner = kind.ownerOf(role);
  const common = { role: role.name, credential_type, owner_type: owner.type, owner_id: owner.id };
  if (!kind.isLeased) return { ...common, stored: true, ...(await storedStatus(mount, owner)) };
  return { ...common, stored: false, live_leases: live.get(role.name) ?? 0 };
}

/** Nothing but why its drift is unknown, where no token is stored yet. */
async function storedStatus({ storage, clock }: Engine["mount"], owner: StoredOwner) {
  const stored = await readStoredToken(storage, owner);
  if (!stored) {
    return {
      drift: "unknown",
      drift_reason: "no token is stored: read creds to create one",
    } as const;
  }
  const found = await readDrift(storage, owner, stored);
  const created_at = stored.created_at || found?.created_at;
  return {
    token_id: stored.token_id,
    ...(created_at && { created_at: new Date(created_at) }),
    ...(stored.expired_at !== "" && { expired_at: new Date(stored.expired_at) }),
    ...rotationOf(stored, clock.now()),
    ...(found ? shownDrift(found) : { drift: "unknown" as const, drift_reason: "not checked yet" }),
  };
}

function shownDrift({
  drift,
  drift_reason,
  checked_at,
}: Awaited<ReturnType<typeof readDrift>> & object) {
  return { drift, ...(drift_reason !== "" && { drift_reason }), checked_at: new Date(checked_at) };
}
