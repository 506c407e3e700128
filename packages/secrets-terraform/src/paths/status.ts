import { definePath, f, PluginError, reply, requireActiveNode } from "@vault-ts/vault-plugin";
import { withDeadline } from "../caller.ts";
import type { Engine } from "../engine.ts";
import { CREDENTIAL_TYPES } from "../kinds/index.ts";
import { DRIFTS } from "../knowing/drift-entry.ts";
import { statusOf } from "../knowing/status.ts";
import type { TaggedLease } from "../leased/lease-entry.ts";
import { roleName, storedOwnerOf } from "../role/role.ts";
import { listRoles, readRole } from "../role/role-entry.ts";

/** Roles whose entries are read at the same time. */
const BATCH = 64;

export const statusPath = (engine: Engine) =>
  definePath("status/:name", {
    help: {
      synopsis: "Shows what the mount knows of a role's tokens.",
      description: `
Of a role whose tokens are leased, how many leases live. Of one whose token is stored, which token that is, and whether it
is still the one that its owner has at Terraform Cloud: drift is "none", "replaced" if the owner has another one, "deleted"
if it has none, or "unknown". That is checked every drift_check_period of config, and at once with refresh=true. No token is
ever shown.`,
    },
    params: { name: roleName },
    fields: {
      refresh: f.bool({
        description: "Whether to ask Terraform Cloud now what has become of the stored token.",
        query: true,
      }),
    },
    returns: {
      role: f.string({ description: "The role." }),
      credential_type: f.string({
        description: "The kind of token that the role is for.",
        allowedValues: CREDENTIAL_TYPES,
      }),
      owner_type: f.string({ description: "What the token belongs to, such as organization." }),
      owner_id: f.string({
        description: "Its id, or the name of the organization.",
      }),
      stored: f.bool({ description: "Whether the role's token is stored, and not leased." }),
      token_id: f.string({ description: "The id of the stored token at Terraform Cloud." }),
      created_at: f.time({ description: "When the stored token was created at Terraform Cloud." }),
      expired_at: f.time({ description: "When the stored token expires at Terraform Cloud." }),
      last_vault_rotation: f.time({ description: "When the stored token was rotated." }),
      next_vault_rotation: f.time({
        description: "When the stored token is rotated by itself next.",
      }),
      rotation_error: f.string({ description: "Why the rotation that is due has failed." }),
      drift: f.string({
        description: "What has become of the stored token at Terraform Cloud.",
        allowedValues: DRIFTS,
      }),
      drift_reason: f.string({ description: "Why drift is unknown." }),
      checked_at: f.time({ description: "When drift was checked." }),
      live_leases: f.int({ description: "How many leases of the role live." }),
    },
    operationIds: { read: "terraform-cloud-read-status" },
    read: ({ params, input: { refresh = false }, signal }) =>
      withDeadline(signal, async (caller) => {
        const { mount, leases, drift } = engine;
        const role = await readRole(mount.storage, params.name);
        const owner = role && storedOwnerOf(role);
        if (refresh && owner) {
          await requireActiveNode(mount);
          await drift.checker.check(owner, caller);
        }
        return role && (await statusOf(engine, role, owner ? [] : await leases.entries.all()));
      }),
  });

export const statusesPath = (engine: Engine) =>
  definePath("status/?", {
    help: {
      synopsis: "Lists the roles, with the status of each.",
      description:
        "The names of all roles, sorted, and in key_info what a read of status/NAME shows of each.",
    },
    params: {},
    operationIds: { list: "terraform-cloud-list-statuses" },
    async list() {
      const { mount, leases } = engine;
      const keys = await listRoles(mount.storage);
      if (keys.length === 0) return reply({ data: {} });
      const entries = await leases.entries.all();
      const key_info: Record<string, unknown> = {};
      for (let start = 0; start < keys.length; start += BATCH) {
        const batch = keys.slice(start, start + BATCH);
        const statuses = await Promise.all(
          batch.map((name) => statusIfReadable(engine, name, entries)),
        );
        for (const [index, name] of batch.entries()) key_info[name] = statuses[index];
      }
      return reply({ data: { keys, key_info } });
    },
  });

/** One whose entry can't be read must not hide the others. */
async function statusIfReadable(engine: Engine, name: string, leases: readonly TaggedLease[]) {
  try {
    const role = await readRole(engine.mount.storage, name);
    return role ? await statusOf(engine, role, leases) : {};
  } catch (error) {
    const { code, message } = PluginError.from(error);
    if (code !== "corrupt_entry") throw error;
    return { role: name, drift: "unknown", drift_reason: message };
  }
}
