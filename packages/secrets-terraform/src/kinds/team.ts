import type { Team, TerraformCloud } from "@vault-ts/terraform-cloud";
import { PluginError } from "@vault-ts/vault-plugin";
import { isNotFound } from "../upstream-error.ts";
import type { Identity, LeasedKind, Target } from "./kind.ts";

export const team: LeasedKind = {
  type: "team",
  help: "tokens of a team; a new one with a lease for each request",
  isLeased: true,
  needs: "team_id",
  showsDescription: true,
  notFoundHint:
    "the team doesn't exist, the mount's token may not create tokens of it, or this Terraform Enterprise is too old for several tokens a team and needs credential_type team_legacy",
  ownerOf: ({ team_id }) => ({ type: "team", id: team_id }),
  create: (client, { id }, options) => client.teamTokens.create(id, options),
  async listOf(client, identity, target) {
    const organization = await organizationOf(client, identity, target);
    return {
      key: `organization/${organization.toLowerCase()}`,
      read: () => client.teamTokens.list(organization),
    };
  },
  sees: seesTeam,
};

/** Terraform Cloud's own word first: a role may name another organization than the team's, and HCP Europe shows no team. */
async function organizationOf(client: TerraformCloud, identity: Identity, target: Target): Promise<string> {
  const told = await readOrganization(client, target.team_id);
  if (told !== undefined) return told;
  if (target.organization !== "") return target.organization;
  if (identity.owner?.type === "organization") return identity.owner.id;
  throw new PluginError(
    "upstream",
    `finding the organization of team "${target.team_id}" failed: Terraform Cloud doesn't tell; set organization beside team_id in the role`,
  );
}

/** The organization of a team; undefined where the team isn't shown, or not its organization. */
export async function readOrganization(client: TerraformCloud, teamId: string): Promise<string | undefined> {
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

/** As Terraform Cloud says; where no team is shown, as in HCP Europe, with a token of the team itself or of its organization. */
export async function seesTeam(
  client: TerraformCloud,
  { owner }: Identity,
  { team_id, organization }: Target,
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
