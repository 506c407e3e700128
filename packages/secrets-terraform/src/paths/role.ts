import {
  clearNulls,
  definePath,
  f,
  type Input,
  list,
  orCorruptEntry,
  PluginError,
  reply,
} from "@vault-ts/vault-plugin";
import { type RequestCaller, withDeadline } from "../caller.ts";
import type { Engine } from "../engine.ts";
import { CREDENTIAL_TYPES, effectiveType, KINDS } from "../kinds/index.ts";
import { ownerLock, roleLock } from "../locks.ts";
import { isSameOwner } from "../owner.ts";
import { checkRole } from "../role/check-role.ts";
import {
  mergeRole,
  type Role,
  roleFields,
  roleInputs,
  roleName,
  roleRules,
  storedOwnerOf,
} from "../role/role.ts";
import { listRoles, readRole, removeRole, writeRole } from "../role/role-entry.ts";
import { resolveTeam } from "../role/team-name.ts";
import { shownSchedule } from "../rotation/schedule.ts";
import { nextOf } from "../rotation/stored-rotations.ts";
import { isHere, readStoredTokenIfValid } from "../stored/stored-token.ts";

const kinds = Object.values(KINDS).map(({ type, help }) => `  ${type.padEnd(14)}${help}`);

export const rolePath = (engine: Engine) =>
  definePath("role/:name", {
    help: {
      synopsis: "Configures which Terraform Cloud token creds/NAME returns.",
      description: `
A role names the owner of a token, and its type:

${kinds.join("\n")}

An owner has only one token of each stored type: creating a new one deletes the previous one.
Writing the first role of an owner creates the token, other roles of the same owner share it, and
deleting the last of them deletes it. A write with token imports an existing token instead. A stored
token is rotated automatically if one of its roles has rotation_period or rotation_schedule.

A role names a team by its ID, or by its name and organization: the ID is then looked up when the
role is written. Write team_name again to look the ID up again.

A write changes the fields that it has and leaves the others unchanged; an empty string or 0 clears
a field. A patch does the same, and null clears a field. Renewals of existing leases use the role's
current ttl and max_ttl.`,
    },
    params: { name: roleName },
    fields: roleInputs,
    returns: {
      name: roleName,
      ...roleFields,
      last_vault_rotation: f.time({
        description: "When the stored token was created or last rotated, if it has a schedule.",
      }),
      next_vault_rotation: f.time({
        description: "When the next scheduled rotation of the stored token is due.",
      }),
      effective_credential_type: f.string({
        description: "The credential_type of the role, also if it isn't set.",
        allowedValues: CREDENTIAL_TYPES,
      }),
    },
    rules: roleRules.map(({ text }) => text),
    operationIds: {
      read: "terraform-cloud-read-role",
      update: "terraform-cloud-write-role",
      patch: "terraform-cloud-patch-role",
      delete: "terraform-cloud-delete-role",
    },

    async read({ params }) {
      const role = await readRole(engine.mount.storage, params.name);
      return role && { ...roleData(role), ...(await roleRotation(engine, role)) };
    },

    update: ({ params, input, signal }) =>
      withDeadline(
        { signal },
        async (caller) => {
          const warnings = await changeRole(engine, params.name, input, caller);
          return reply({ warnings });
        },
        engine.terraform,
      ),

    patch: ({ params, input, signal }) =>
      withDeadline(
        { signal },
        async (caller) => {
          const change = clearNulls(roleInputs, input);
          const warnings = await changeRole(engine, params.name, change, caller, {
            mustExist: true,
          });
          return reply({ warnings });
        },
        engine.terraform,
      ),

    delete: ({ params, signal }) =>
      withDeadline(
        { signal },
        async (caller) => {
          const warnings = await deleteRole(engine, params.name, caller);
          return reply({ warnings });
        },
        engine.terraform,
      ),
  });

export const rolesPath = ({ mount }: Engine) =>
  definePath("role/?", {
    help: {
      synopsis: "Lists the roles.",
      description: "The names of all roles, sorted; with after and limit, a page of them.",
    },
    params: {},
    fields: {
      after: f.lowerCaseString({
        description: "Lists only names after this one.",
        query: true,
      }),
      limit: f.int({
        description: "Maximum number of names. By default, and if it isn't positive, all.",
        query: true,
      }),
    },
    operationIds: { list: "terraform-cloud-list-roles" },
    async list({ input: { after = "", limit = 0 } }) {
      const names = (await listRoles(mount.storage)).filter((name) => name > after);
      return list(limit > 0 ? names.slice(0, limit) : names);
    },
  });

/**
 * Writes a role. The first role of an owner has its stored token created; a role that moves to
 * another owner releases the one it had.
 */
async function changeRole(
  engine: Engine,
  name: string,
  { token, ...input }: Input<typeof roleInputs>,
  caller: RequestCaller,
  { mustExist = false } = {},
): Promise<readonly string[]> {
  const { mount, locks, index, storedTokens, rotations } = engine;
  using _role = await locks.acquire([roleLock(name)], caller.signal);
  const current = await readRole(mount.storage, name);
  if (!current && mustExist) {
    throw new PluginError(
      "not_found",
      `patching role "${name}" failed: it doesn't exist; write it first`,
    );
  }
  const role = await resolveTeam(engine, current, mergeRole(name, current, input), input, caller);
  const warnings = await checkRole(engine, current, role, caller);

  const next = storedOwnerOf(role);
  const former = current && storedOwnerOf(current);
  const released = isSameOwner(former, next) ? undefined : former;
  const owners = [next, released].filter((owner) => owner !== undefined);
  using _owners = await locks.acquire(owners.map(ownerLock), caller.signal);

  if (token?.reveal()) {
    if (!next) throw new PluginError("bad_request", LEASED_TAKES_NO_TOKEN);
    await storedTokens.adopt(next, token, caller);
  }
  using held = next && (await storedTokens.issueIfMissing(next, caller));
  using revoked = released && (await storedTokens.revokeIfLast(released, name, caller));
  await writeRole(mount.storage, role);
  index.changed(name, role);
  await held?.commit();
  await revoked?.commit();
  for (const owner of owners) await rotations.follow(owner, caller);
  return [...warnings, ...(held?.warnings ?? []), ...(revoked?.warnings ?? [])];
}

const LEASED_TAKES_NO_TOKEN =
  "a role with leased tokens takes no token: only a stored token can be imported";

/**
 * Deletes a role; one that isn't there is fine. The last role of an owner has its stored token
 * deleted.
 */
async function deleteRole(
  engine: Engine,
  name: string,
  caller: RequestCaller,
): Promise<readonly string[]> {
  const { mount, locks, index, storedTokens, rotations } = engine;
  using _role = await locks.acquire([roleLock(name)], caller.signal);
  // One whose entry can't be read can be deleted all the same: whose token it was for isn't known.
  const read = await orCorruptEntry(readRole(mount.storage, name));
  const role = read instanceof PluginError ? undefined : read;
  const owner = role && storedOwnerOf(role);
  using _owner = await locks.acquire(owner ? [ownerLock(owner)] : [], caller.signal);

  using revoked = owner && (await storedTokens.revokeIfLast(owner, name, caller));
  await removeRole(mount.storage, name);
  index.changed(name, undefined);
  await revoked?.commit();
  if (owner) await rotations.follow(owner, caller);
  return revoked?.warnings ?? [];
}

function roleData(role: Role) {
  const { name, ttl, max_ttl, rotation_period, rotation_schedule, rotation_window, ...strings } =
    role;
  const written = Object.entries(strings).filter(([, string]) => string !== "");
  return {
    name,
    ttl,
    max_ttl,
    effective_credential_type: effectiveType(role),
    ...Object.fromEntries(written),
    ...shownSchedule({ rotation_period, rotation_schedule, rotation_window }),
  };
}

/**
 * When the role's stored token was rotated, and is to be: by the earliest that one of its owner's
 * roles asks for.
 */
async function roleRotation({ mount, terraform }: Engine, role: Role) {
  const owner = storedOwnerOf(role);
  const stored = owner && (await readStoredTokenIfValid(mount, owner));
  const config = await terraform.config();
  if (!stored || (config && !isHere(stored, config))) return {};
  const next = nextOf(stored, mount.clock.now());
  if (!next) return {};
  const { last_vault_rotation } = stored;
  return {
    last_vault_rotation: new Date(last_vault_rotation),
    next_vault_rotation: new Date(next.at),
  };
}
