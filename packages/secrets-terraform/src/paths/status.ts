import {
  definePath,
  f,
  orCorruptEntry,
  PluginError,
  reply,
  requireWriteSafe,
} from "@vault-ts/vault-plugin";
import { withDeadline } from "../caller.ts";
import { DRIFTS } from "../diagnostics/drift-entry.ts";
import { countLive, statusOf } from "../diagnostics/status.ts";
import type { Engine } from "../engine.ts";
import { CREDENTIAL_TYPES } from "../kinds/index.ts";
import { roleName, storedOwnerOf } from "../role/role.ts";
import { listRoles, readRole } from "../role/role-entry.ts";

/** Roles whose entries are read at the same time. */
const BATCH = 64;

export const statusPath = (engine: Engine) =>
  definePath("status/:name", {
    help: {
      synopsis: "Shows the state of a role's tokens.",
      description: `
For a role with leased tokens: the number of live leases. For a role with a stored token: its ID,
and whether it is still the owner's token at Terraform Cloud. drift is "none", "replaced" if the
owner has another token, "deleted" if it has none, or "unknown". It is checked every
drift_check_period of config, and at once with refresh=true. Tokens are never returned.`,
    },
    params: { name: roleName },
    fields: {
      refresh: f.bool({
        description: "Whether to check the stored token's drift at Terraform Cloud now.",
        query: true,
      }),
    },
    returns: {
      role: f.string({ description: "Name of the role." }),
      credential_type: f.string({
        description: "The credential_type of the role, also if it isn't set.",
        allowedValues: CREDENTIAL_TYPES,
      }),
      owner_type: f.string({ description: "Type of the token's owner, such as organization." }),
      owner_id: f.string({
        description: "ID of the owner, or name of the organization.",
      }),
      stored: f.bool({
        description: "True if the role has a stored token, false if its tokens are leased.",
      }),
      token_id: f.string({ description: "ID of the stored token at Terraform Cloud." }),
      created_at: f.time({ description: "When the stored token was created at Terraform Cloud." }),
      expired_at: f.time({ description: "When the stored token expires at Terraform Cloud." }),
      last_vault_rotation: f.time({
        description: "When the stored token was created or last rotated.",
      }),
      next_vault_rotation: f.time({
        description: "When the next scheduled rotation of the stored token is due.",
      }),
      rotation_error: f.string({ description: "Why the last scheduled rotation failed." }),
      drift: f.string({
        description: "Whether the stored token was replaced or deleted at Terraform Cloud.",
        allowedValues: DRIFTS,
      }),
      drift_reason: f.string({ description: "Why drift is unknown." }),
      checked_at: f.time({ description: "When drift was last checked." }),
      live_leases: f.int({ description: "Number of live leases of the role." }),
    },
    operationIds: { read: "terraform-cloud-read-status" },
    read: ({ params, input: { refresh = false }, signal }) =>
      withDeadline({ signal }, async (caller) => {
        const { mount, leases, drift } = engine;
        const role = await readRole(mount.storage, params.name);
        if (!role) return undefined;
        const owner = storedOwnerOf(role);
        if (refresh && owner) {
          await requireWriteSafe(mount);
          await drift.checker.check(owner, caller);
        }
        const entries = owner ? [] : await leases.entries.all();
        return await statusOf(engine, role, countLive(entries, mount.clock.now()));
      }),
  });

export const statusesPath = (engine: Engine) =>
  definePath("status/?", {
    help: {
      synopsis: "Lists the roles, with the status of each.",
      description:
        "The names of all roles, sorted, and in key_info the status of each, as status/NAME returns it.",
    },
    params: {},
    operationIds: { list: "terraform-cloud-list-statuses" },
    async list() {
      const { mount, leases } = engine;
      const keys = await listRoles(mount.storage);
      if (keys.length === 0) return reply({ data: {} });
      const live = countLive(await leases.entries.all(), mount.clock.now());
      const statuses: object[] = [];
      for (let start = 0; start < keys.length; start += BATCH) {
        const batch = keys.slice(start, start + BATCH);
        statuses.push(
          ...(await Promise.all(batch.map((name) => statusIfReadable(engine, name, live)))),
        );
      }
      // An assignment would lose a role with the name __proto__.
      const key_info = Object.fromEntries(keys.map((key, index) => [key, statuses[index]]));
      return reply({ data: { keys, key_info } });
    },
  });

/** One whose entry can't be read must not hide the others. */
async function statusIfReadable(engine: Engine, name: string, live: ReadonlyMap<string, number>) {
  const reading = readRole(engine.mount.storage, name);
  const status = await orCorruptEntry(
    reading.then((role) => (role ? statusOf(engine, role, live) : {})),
  );
  if (!(status instanceof PluginError)) return status;
  return { role: name, drift: "unknown", drift_reason: status.message };
}
