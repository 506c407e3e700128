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
  const known = withCreatorsOrganization(identity, target).organization;
  if (known !== "") return known;
  const found = await findOrganization(client, identity, target.team_id);
  if (found !== undefined) return found;
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
 * The target of a token that was, or is about to be, created with the token of `identity`. An
 * organization's token creates tokens of its own teams only, so that it is the team's organization.
 */
export function withCreatorsOrganization<T extends TeamTarget>({ owner }: Identity, target: T): T {
  if (target.team_id === "" || owner?.type !== "organization") return target;
  return { ...target, organization: owner.id };
}

/**
 * Finds the organization of a team where Terraform Cloud, like HCP Europe, shows no teams: the one
 * whose list has a token of the team. Undefined if no list has one, or if teams are shown.
 */
export async function findOrganization(
  client: TerraformCloud,
  { owner }: Identity,
  teamId: string,
): Promise<string | undefined> {
  const isOrganization = owner?.type === "organization";
  for (const name of isOrganization ? [owner.id] : await client.organizations.names()) {
    if (!(await hidesTeams(client, name))) return undefined;
    if (await hasTokenOf(client, name, teamId)) return name;
  }
  return undefined;
}

/** Whether no team is shown of an organization that the mount's token sees. */
async function hidesTeams(client: TerraformCloud, organization: string): Promise<boolean> {
  try {
    await client.teams.named(organization, "owners");
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}

async function hasTokenOf(
  client: TerraformCloud,
  organization: string,
  id: string,
): Promise<boolean> {
  try {
    for await (const { teamId } of client.teamTokens.list(organization))
      if (teamId === id) return true;
    return false;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/**
 * As Terraform Cloud says. Where it shows no team, as in HCP Europe: with a token of the team
 * itself, of its organization, or of an owner of that.
 */
export async function seesTeam(
  client: TerraformCloud,
  identity: Identity,
  { team_id, organization }: TeamTarget,
): Promise<boolean> {
  const shown = await readTeam(client, team_id);
  if (shown) return shown.mayManageTokens ?? true;
  const { owner } = identity;
  if (owner?.type === "team" && owner.id === team_id) return true;
  const name =
    organization === "" ? await findOrganization(client, identity, team_id) : organization;
  if (name === undefined) return false;
  const isItsOwn = owner?.type === "organization" && owner.id.toLowerCase() === name.toLowerCase();
  return isItsOwn || (await managesHiddenTeams(client, name));
}

/**
 * Who may replace the organization's own token owns it, and manages the tokens of all its teams.
 * Where teams are shown, one that isn't is none of them.
 */
async function managesHiddenTeams(client: TerraformCloud, name: string): Promise<boolean> {
  if (!(await hidesTeams(client, name))) return false;
  try {
    return (await client.organizations.read(name)).mayManageToken === true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
