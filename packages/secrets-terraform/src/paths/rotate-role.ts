import { definePath, PluginError } from "@vault-ts/vault-plugin";
import { withDeadline } from "../caller.ts";
import type { Engine } from "../engine.ts";
import { enumerate } from "../enumerate.ts";
import { effectiveType, LEASED_TYPES, STORED_TYPES } from "../kinds/index.ts";
import { changedMeanwhile, roleName, storedOwnerOf } from "../role/role.ts";
import { requireRole } from "../role/role-entry.ts";

export const rotateRolePath = ({ mount: { storage }, terraform, index, storedTokens }: Engine) =>
  definePath("rotate-role/:name", {
    help: {
      synopsis: `Rotates the stored token of a role of type ${enumerate(STORED_TYPES, "or")}.`,
      description: `
Creates a new token at Terraform Cloud, which deletes the previous one. From then on, creds return
the new token, for this role and for every other role of the same owner.

Roles of type ${enumerate(LEASED_TYPES, "and")} have no stored token to rotate: each request for
creds issues a new token.`,
    },
    params: { name: roleName },
    operationIds: { update: "terraform-cloud-rotate-role" },
    update: ({ params, signal }) =>
      withDeadline(
        { signal },
        async (caller) => {
          const role = await requireRole(storage, params.name);
          const owner = storedOwnerOf(role);
          if (!owner) {
            throw new PluginError(
              "bad_request",
              `role "${role.name}" is of type ${effectiveType(role)}, which has no stored token to rotate: only ${enumerate(STORED_TYPES, "and")} have one`,
            );
          }
          await storedTokens.rotate(owner, caller, async () => {
            if ((await index.rolesOf(owner)).size === 0) throw changedMeanwhile(role.name);
          });
        },
        terraform,
      ),
  });
