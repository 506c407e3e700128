import { definePath, f, reply } from "@vault-ts/vault-plugin";
import { withDeadline } from "../caller.ts";
import type { Engine } from "../engine.ts";

export const rotateRootPath = ({ terraform, rotations }: Engine) =>
  definePath("rotate-root", {
    help: {
      synopsis: "Rotates the token that the mount uses to call Terraform Cloud.",
      description: `
Creates a new token of the same user, team or organization, stores it in config, and deletes the
previous one. The new token is never returned: config shows its ID and expiry. It expires after
explicit_max_ttl, or after two years.

Creating the token of an organization, or the legacy token of a team, deletes the previous one. If
the response with the new token never arrives, the mount has no valid token: reading config returns
a warning then, and another token must be written to config.`,
    },
    params: {},
    returns: {
      token_owner_type: f.string({
        description: "Type of the token's owner: user, team or organization.",
      }),
      owner_id: f.string({
        description: "ID of the user or team, or name of the organization.",
      }),
      token_id: f.string({ description: "ID of the new token at Terraform Cloud." }),
      last_vault_rotation: f.time({ description: "When the token was rotated." }),
    },
    operationIds: { update: "terraform-cloud-rotate-root" },
    update: ({ signal }) =>
      withDeadline(
        { signal },
        async (caller) => {
          const { config, warnings } = await rotations.rotateRoot(caller);
          const { token_owner_type, owner_id, token_id, last_vault_rotation } = config;
          return reply({
            data: {
              token_owner_type,
              owner_id,
              token_id,
              last_vault_rotation: new Date(last_vault_rotation),
            },
            warnings,
          });
        },
        terraform,
      ),
  });
