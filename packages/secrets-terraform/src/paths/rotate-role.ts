import { definePath } from "@vault-ts/vault-plugin";
import type { Engine } from "../engine.ts";
import { roleName } from "../role.ts";

export const rotateRolePath = ({ roles }: Engine) =>
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
    update: ({ params, signal }) => roles.rotate(params.name, signal),
  });
