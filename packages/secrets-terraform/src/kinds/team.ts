import type { Team, TerraformCloud } from "@vault-ts/terraform-cloud";
import { f, PluginError } from "@vault-ts/vault-plugin";
import { isNotFound } from "../upstream-error.ts";
import { IDENTIFIER, type Identity, leasedKind } from "./kind.ts";
import { organizationFields } from "./organization.ts";

/** The fields of all kinds of tokens that a team has. */
export const teamFields = {
  ...organizationFields,
  team_id: f.string({
    description: "ID of the team that the role returns tokens of, such as team-4q2Xt8vMYVbdJNGk.",
    ...IDENTIFIER,
  }),
  team_name: f.string({
    description:
      "Name of the team, with organization and instead of team_id. The team's ID is looked up when the role is written.",
    ...IDENTIFIER,
  }),
} as const;

/** What of a role says which team it is for. */
interface TeamTarget {
  readonly organization: string;
  readonly team_id: string;
}

export const team = leasedKind({
  type: "team",
  help: "a new token of a team for each request, with a lease",
  fields: teamFields,
  needs: "team_id",
  orNeeds: ["organization", "team_name"],
  impliedBy: "team_name",
  ownerType: "team",
  expires: true,
  showsDescription: true,
  notFoundHint:
    "the team doesn't exist, the mount's token lacks permission to manage its tokens, or this Terraform Enterprise release supports one token per team only: use credential_type team_legacy",
  create: (client, { id }, options) => client.teamTokens.create(id, options),
  delete: (client, _owner, tokenId) => client.tokens.delete(tokenId),
  async listOf(client, identity, target) {
    const organization = await organizationOf(client, identity, target);
    return {
      key: `organization/${organization.toLowerCase()}`,
      read: () => client.teamTokens.list(organization),
      deleteAll: (ids) => client.teamTokens.deleteAll(organization, ids),
    };
  },
  sees: seesTeam,
});

/**
 * Terraform Cloud's own word first: a role may name another organization than the team's, and HCP
 * Europe shows no team.
 */
async function organizationOf(
  client: TerraformCloud,
  identity: Identity,
  target: TeamTarget,
): Promise<string> {
  const told = await readOrganization(client, target.team_id);
  if (told !== undefined) return told;
  if (target.organization !== "") return target.organization;
  if (identity.owner?.type === "organization") return identity.owner.id;
  throw new PluginError(
    "upstream",
    `finding the organization of team "${target.team_id}" failed: Terraform Cloud doesn't return it; set organization in the role`,
  );
}

/** The organization of a team; undefined where the team isn't shown, or not its organization. */
export async function readOrganization(
  client: TerraformCloud,
  teamId: string,
): Promise<string | undefined> {
  return (await readTeam(client, teamId))?.organization ?? undefined;
}

async function readTeam(client: TerraformCloud, id: string): Promise<Team | undefined> {
  try {
    return await client.teams.read(id);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * As Terraform Cloud says; where no team is shown, as in HCP Europe, with a token of the team
 * itself or of its organization.
 */
export async function seesTeam(
  client: TerraformCloud,
  { owner }: Identity,
  { team_id, organization }: TeamTarget,
): Promise<boolean> {
  const shown = await readTeam(client, team_id);
  if (shown) return shown.mayManageTokens ?? true;
  if (owner?.type === "team" && owner.id === team_id) return true;
  return (
    owner?.type === "organization" &&
    organization !== "" &&
    owner.id.toLowerCase() === organization.toLowerCase()
  );
}
