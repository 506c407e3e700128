import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import { type Input, PluginError } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import type { Engine } from "../engine.ts";
import { isNotFound } from "../upstream-error.ts";
import type { Role, roleFields } from "./role.ts";

/**
 * The role with the id of the team that its name stands for. The name is looked up when it is
 * written, and when the organization is another one than before.
 *
 * @throws PluginError `bad_request` for a name that no team has, or that isn't that of the team_id
 *   in the same write.
 */
export async function resolveTeam(
  { terraform }: Engine,
  current: Role | undefined,
  role: Role,
  input: Input<typeof roleFields>,
  caller: RequestCaller,
): Promise<Role> {
  const { team_name, organization } = role;
  const isKnown = input.team_name === undefined && organization === current?.organization;
  if (team_name === "" || isKnown) return role;
  const { client } = await terraform.open(caller);
  const team_id = await findTeam(client, organization, team_name);
  if (input.team_id && input.team_id !== team_id) {
    throw new PluginError(
      "bad_request",
      `team "${team_name}" of organization "${organization}" has the ID "${team_id}", not "${input.team_id}": leave out team_id or team_name`,
    );
  }
  return { ...role, team_id };
}

async function findTeam(
  client: TerraformCloud,
  organization: string,
  name: string,
): Promise<string> {
  const failed = (why: string) =>
    new PluginError(
      "bad_request",
      `finding team "${name}" of organization "${organization}" failed: ${why}; write team_id instead`,
    );
  const teams = await client.teams.named(organization, name).catch(async (error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw failed(
      (await isShown(client, organization))
        ? "this Terraform Cloud has no list of teams, like HCP Europe"
        : "the organization doesn't exist, or the mount's token lacks permission to see it",
    );
  });
  const [team, another] = teams;
  if (!team) throw failed("it doesn't exist, or the mount's token lacks permission to see it");
  if (another) throw failed("several teams have this name");
  return team.id;
}

async function isShown(client: TerraformCloud, organization: string): Promise<boolean> {
  try {
    await client.organizations.read(organization);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
