import { definePath, f, reply } from "@vault-ts/vault-plugin";
import type { Engine } from "../engine.ts";
import {
  CREDENTIAL_TYPES,
  effectiveType,
  type Role,
  readRole,
  roleFields,
  roleName,
  roleRules,
} from "../role.ts";

export const rolePath = ({ mount: { storage }, roles }: Engine) =>
  definePath("role/:name", {
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

    async update({ params, input, signal }) {
      return reply({ warnings: await roles.write(params.name, input, signal) });
    },

    async delete({ params, signal }) {
      return reply({ warnings: await roles.delete(params.name, signal) });
    },
  });

function shown(role: Role) {
  const { name, ttl, max_ttl, ...texts } = role;
  const written = Object.entries(texts).filter(([, text]) => text !== "");
  return {
    name,
    ttl,
    max_ttl,
    effective_credential_type: effectiveType(role),
    ...Object.fromEntries(written),
  };
}
