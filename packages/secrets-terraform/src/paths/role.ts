import { definePath, f, type HandlerContext, KeyedLock } from "@vault-ts/vault-plugin";
import type { Engine } from "../engine.ts";
import {
  CREDENTIAL_TYPES,
  deleteRole,
  effectiveType,
  listRoles,
  mergeRole,
  type Role,
  readRole,
  roleFields,
  roleName,
  roleRules,
  writeRole,
} from "../role.ts";
import { storedTokenOwner, type TokenOwner } from "../tokens/stored-tokens.ts";

export const rolePath = ({ mount: { storage }, storedTokens }: Engine) => {
  /** Roles are written one at a time: whether an owner's last role is gone depends on all of them. */
  const lock = new KeyedLock();

  const revokeIfUnused = async (owner: TokenOwner, signal: AbortSignal) => {
    const names = await listRoles(storage);
    const others = await Promise.all(names.map((name) => readRole(storage, name)));
    if (!others.some((role) => role && isSameOwner(storedTokenOwner(role), owner)))
      await storedTokens.revoke(owner, signal);
  };

  return definePath("role/:name", {
    help: {
      synopsis: "Decides whose Terraform Cloud token creds/NAME hands out.",
      description: `
A role names a user, a team or an organization, and the kind of token:

  user          tokens of a user; a new one with a lease for each request
  team          tokens of a team; a new one with a lease for each request
  organization  the one token of an organization; stored, and handed out until it is rotated
  team_legacy   the one token without description of a team; stored, and handed out until it is rotated

Terraform Cloud keeps one token of the last two kinds: making it ends the one that was there. It is made
when the first role for its owner is written; other roles of the same owner share it, and deleting the
last of them ends it.

A write changes what it names and keeps the rest; an empty text or 0 clears. Leases that are out follow
the role's present ttl and max_ttl when they are renewed.`,
    },
    params: { name: roleName },
    fields: roleFields,
    returns: {
      name: roleName,
      ...roleFields,
      effective_credential_type: f.string({
        description: "The kind of token that the role hands out, whether the role says it or not.",
        allowedValues: CREDENTIAL_TYPES,
      }),
    },
    rules: roleRules.map(({ text }) => text),
    operationIds: {
      read: "terraform-cloud-read-role",
      update: "terraform-cloud-write-role",
      delete: "terraform-cloud-delete-role",
    },

    async read({ params }) {
      const role = await readRole(storage, params.name);
      return role && shown(role);
    },

    async update({ params, input, signal }: HandlerContext<{ name: typeof roleName }, typeof roleFields>) {
      await lock.run("", async () => {
        const current = await readRole(storage, params.name);
        const role = mergeRole(params.name, current, input);
        const owner = storedTokenOwner(role);
        if (owner) await storedTokens.ensure(owner, signal);
        await writeRole(storage, role);
        const previous = current && storedTokenOwner(current);
        if (previous && !isSameOwner(owner, previous)) await revokeIfUnused(previous, signal);
      });
    },

    async delete({ params, signal }) {
      await lock.run("", async () => {
        const role = await readRole(storage, params.name);
        if (!role) return;
        await deleteRole(storage, params.name);
        const owner = storedTokenOwner(role);
        if (owner) await revokeIfUnused(owner, signal);
      });
    },
  });
};

function isSameOwner(a: TokenOwner | undefined, b: TokenOwner): boolean {
  return a?.type === b.type && a.id === b.id;
}

function shown({ name, ttl, max_ttl, ...texts }: Role) {
  const written = Object.entries(texts).filter(([, text]) => text !== "");
  const role: Role = { name, ttl, max_ttl, ...texts };
  return {
    name,
    ttl,
    max_ttl,
    effective_credential_type: effectiveType(role),
    ...Object.fromEntries(written),
  };
}
