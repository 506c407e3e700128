import { definePath, f, reply, requireActiveNode } from "@vault-ts/vault-plugin";
import { withDeadline } from "../caller.ts";
import type { Engine } from "../engine.ts";

export const rotateRootPath = ({ mount, rotations }: Engine) =>
  definePath("rotate-root", {
    help: {
      synopsis: "Replaces the token that this mount calls Terraform Cloud with.",
      description: `
Creates a new token of the same user, team or organization, uses it from then on, and deletes the one
before. Nobody needs to know the new one: config shows its id and expiry. It expires after
explicit_max_ttl, or after two years.

The one token of an organization, or the legacy one of a team, is deleted by the creation of the new
one. If the answer with that never arrives, the mount has no token any more: config says so then, and
another one has to be written to it.`,
    },
    params: {},
    returns: {
      token_owner_type: f.string({
        description: "What the token belongs to: user, team or organization.",
      }),
      owner_id: f.string({
        description: "The id of the user or team, or the name of the organization.",
      }),
      token_id: f.string({ description: "The id of the new token at Terraform Cloud." }),
      last_vault_rotation: f.time({ description: "When the token was rotated." }),
    },
    operationIds: { update: "terraform-cloud-rotate-root" },
    update: ({ signal }) =>
      withDeadline(signal, async (caller) => {
        await requireActiveNode(mount);
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
      }),
  });
