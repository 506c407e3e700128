import { definePath, f, type HandlerContext, type Input, KeyedLock, reply } from "@vault-ts/vault-plugin";
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

/** The lock of all that makes or ends a stored token: whether an owner's last role goes depends on all roles. */
const OWNERS = "owners";

export const rolePath = ({ mount: { storage }, storedTokens }: Engine) => {
  const lock = new KeyedLock();

  const isUsedByOthers = async (owner: TokenOwner, name: string): Promise<boolean> => {
    const others = (await listRoles(storage)).filter((other) => other !== name);
    const roles = await Promise.all(others.map((other) => readRole(storage, other)));
    return roles.some((role) => role && isSameOwner(storedTokenOwner(role), owner));
  };

  /** Ends the token of the owner that the role is the last one of. It comes first, so that a failure leaves all to be tried again. */
  const leave = async (owner: TokenOwner, name: string, signal: AbortSignal): Promise<readonly string[]> => {
    if (await isUsedByOthers(owner, name)) return [];
    const ended = await storedTokens.revoke(owner, signal);
    return ended
      ? []
      : [
          `the token of ${owner.type} ${owner.id} lives on at Terraform Cloud: this mount has no token to end it with`,
        ];
  };

  const write = async (name: string, input: Input<typeof roleFields>, signal: AbortSignal) => {
    const current = await readRole(storage, name);
    const role = mergeRole(name, current, input);
    const [previous, owner] = [current && storedTokenOwner(current), storedTokenOwner(role)];
    const change = async () => {
      if (owner) await storedTokens.ensure(owner);
      const warnings = previous && !isSameOwner(owner, previous) ? await leave(previous, name, signal) : [];
      await writeRole(storage, role);
      return reply({ warnings });
    };
    return await (previous || owner ? lock.run(OWNERS, change) : change());
  };

  const remove = async (name: string, signal: AbortSignal) => {
    const role = await readRole(storage, name);
    const owner = role && storedTokenOwner(role);
    const change = async () => {
      const warnings = owner ? await leave(owner, name, signal) : [];
      await deleteRole(storage, name);
      return reply({ warnings });
    };
    return await (owner ? lock.run(OWNERS, change) : change());
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

    update: ({ params, input, signal }: HandlerContext<{ name: typeof roleName }, typeof roleFields>) =>
      lock.run(`role/${params.name}`, () => write(params.name, input, signal)),

    delete: ({ params, signal }) => lock.run(`role/${params.name}`, () => remove(params.name, signal)),
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
