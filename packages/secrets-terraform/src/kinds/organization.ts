import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import { f } from "@vault-ts/vault-plugin";
import { isNotFound } from "../upstream-error.ts";
import { IDENTIFIER, type Identity, storedKind } from "./kind.ts";

/** The field of all kinds of tokens that an organization has. */
export const organizationFields = {
  organization: f.string({
    description:
      "Name of the organization that the role returns the token of. With team_id or team_name, the organization of the team.",
    ...IDENTIFIER,
  }),
} as const;

export const organization = storedKind({
  type: "organization",
  help: "the token of an organization, stored until it is rotated",
  fields: organizationFields,
  isAdoptable: true,
  needs: "organization",
  impliedBy: "organization",
  ownerType: "organization",
  policyType: "organization",
  notFoundHint:
    "the organization doesn't exist, or the mount's token lacks permission to manage its token",
  tokensOf: (client) => client.organizationTokens,
  organizationOf: async (_client, { id }) => id,
  sees: seesOrganization,
});

/** Whether the configured token may manage the tokens of the organization itself. */
export async function seesOrganization(
  client: TerraformCloud,
  _identity: Identity,
  target: { readonly organization: string },
): Promise<boolean> {
  try {
    return (await client.organizations.read(target.organization)).mayManageToken ?? true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
