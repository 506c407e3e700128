import { definePath, PluginError } from "@vault-ts/vault-plugin";
import type { Engine } from "../engine.ts";
import { effectiveType, requireRole, roleName } from "../role.ts";
import { storedTokenOwner } from "../tokens/token-owner.ts";

export const rotateRolePath = ({ mount, storedTokens }: Engine) =>
  definePath("rotate-role/:name", {
    help: {
      synopsis: "Replaces the stored token of an organization or team_legacy role.",
      description: `
Makes a new token at Terraform Cloud, which ends the one that was there, and hands out the new one from
then on: for this role, and for every other role of the same organization or team.

Roles of type user and team have nothing to rotate: each request gets a token of its own.`,
    },
    params: { name: roleName },
    operationIds: { update: "terraform-cloud-rotate-role" },
    async update({ params }) {
      const role = await requireRole(mount.storage, params.name);
      const owner = storedTokenOwner(role);
      if (!owner) {
        throw new PluginError(
          "bad_request",
          `role "${role.name}" is of type ${effectiveType(role)}, which has no stored token to rotate: only organization and team_legacy have one`,
        );
      }
      await storedTokens.rotate(owner);
    },
  });
