import {
  definePath,
  f,
  type HandlerContext,
  PluginError,
  reply,
  requireWriteSafe,
} from "@vault-ts/vault-plugin";
import { type RequestCaller, withDeadline } from "../caller.ts";
import { driftWarnings } from "../diagnostics/drift-entry.ts";
import type { Engine } from "../engine.ts";
import { enumerate } from "../enumerate.ts";
import {
  ENDLESS_TYPES,
  effectiveType,
  isLeasedType,
  LEASED_TYPES,
  STORED_TYPES,
} from "../kinds/index.ts";
import { ownerLock } from "../locks.ts";
import { isSameOwner, type StoredOwner } from "../owner.ts";
import { changedMeanwhile, type Role, roleName, storedOwnerOf } from "../role/role.ts";
import { requireRole } from "../role/role-entry.ts";
import { rotationWarnings, shownRotation } from "../rotation/shown-rotation.ts";
import { withCurrentToken } from "../rotation/with-current-token.ts";
import type { StoredToken } from "../stored/stored-token.ts";

const credsParams = { name: roleName } as const;

const credsFields = {
  ttl: f.durationSecond({
    description:
      "TTL of the lease, capped by all limits. 0, the default, is the role's ttl. Only for a role with leased tokens.",
    query: true,
  }),
} as const;

export const credsPath = (engine: Engine) => {
  const { mount, leases } = engine;
  const issue = (context: HandlerContext<typeof credsParams, typeof credsFields>) =>
    withDeadline(
      context,
      (caller) =>
        withCurrentToken(engine, async () => {
          const {
            params,
            input: { ttl = 0 },
          } = context;
          const role = await requireRole(mount.storage, params.name);
          const type = effectiveType(role);
          if (isLeasedType(type)) return await leases.issuer.issue(role, type, ttl, caller);
          if (ttl > 0) {
            throw new PluginError(
              "bad_request",
              `role "${role.name}" is of type ${type}, whose stored token has no lease: leave out ttl`,
            );
          }
          const owner = storedOwnerOf(role);
          return owner && (await storedCreds(engine, role, owner, caller));
        }),
      engine.terraform,
    );

  return definePath("creds/:name", {
    help: {
      synopsis: "Returns a Terraform Cloud API token.",
      description: `
For a role of type ${enumerate(LEASED_TYPES, "or")}: a new token, with a lease. The token is deleted
when the lease is revoked or expires. Unless its type is ${enumerate(ENDLESS_TYPES, "or")}, it
expires at Terraform Cloud too, when the lease reaches its maximum TTL.

For a role of type ${enumerate(STORED_TYPES, "or")}: the stored token, without a lease: each request
returns the same one. Write to rotate-role/NAME to rotate it. If it has a schedule, the response has
the last rotation, the schedule, and as ttl the seconds until the next rotation.`,
    },
    params: credsParams,
    fields: credsFields,
    // Leases are local, and a stored token is created only where `storedCreds` can store it.
    localWrites: true,
    returns: {
      token: f.string({ description: "The API token.", sensitive: true }),
      token_id: f.string({ description: "ID of the token at Terraform Cloud." }),
      role: f.string({ description: "Name of the role." }),
      organization: f.string({
        description: "Name of the organization, for a stored token.",
      }),
      team_id: f.string({ description: "ID of the team that owns the token." }),
      description: f.string({ description: "The token's description at Terraform Cloud." }),
      expired_at: f.time({ description: "When the token expires at Terraform Cloud." }),
      last_vault_rotation: f.string({
        description: "When the stored token was created or rotated, RFC 3339 with nanoseconds.",
      }),
      rotation_period: f.durationSecond({
        description: "Rotation period of the stored token.",
      }),
      rotation_schedule: f.string({
        description: "Rotation schedule of the stored token: a cron expression in UTC.",
      }),
      ttl: f.durationSecond({
        description: "Seconds until the next scheduled rotation of the stored token.",
      }),
    },
    operationIds: {
      read: "terraform-cloud-generate-credentials",
      update: "terraform-cloud-generate-credentials2",
    },
    read: issue,
    update: issue,
  });
};

/** The owner's stored token; created first, where it can be stored, if there is none. */
async function storedCreds(engine: Engine, role: Role, owner: StoredOwner, caller: RequestCaller) {
  const { mount, storedTokens } = engine;
  const stored = await storedTokens.read(owner, caller);
  if (stored)
    return storedReply(
      engine,
      role,
      stored,
      await driftWarnings(mount.storage, owner, stored, role.name),
    );
  await requireWriteSafe(mount);
  using _owner = await engine.locks.acquire([ownerLock(owner)], caller.signal);
  const current = await requireRole(mount.storage, role.name);
  // The role has moved while this waited: what it is for now is the next request's.
  if (!isSameOwner(storedOwnerOf(current), owner)) throw changedMeanwhile(role.name);
  using held = await storedTokens.issueIfMissing(owner, caller);
  await held.commit();
  await engine.rotations.follow(owner, caller);
  return storedReply(engine, current, held.stored, held.warnings);
}

function storedReply(
  { mount }: Engine,
  role: Role,
  stored: StoredToken,
  warnings: readonly string[],
) {
  const { name, organization, team_id, description } = role;
  const now = mount.clock.now();
  return reply({
    data: {
      token: stored.token,
      token_id: stored.token_id,
      role: name,
      ...(organization !== "" && { organization }),
      ...(team_id !== "" && { team_id }),
      ...(description !== "" && { description }),
      ...shownRotation(stored, now),
    },
    warnings: [...warnings, ...rotationWarnings(stored, name, now)],
  });
}
