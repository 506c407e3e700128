import { PluginError } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import { identityOf } from "../config/config.ts";
import type { Engine } from "../engine.ts";
import type { Identity } from "../kinds/index.ts";
import { findOrganization, readOrganization } from "../kinds/team.ts";
import { boundsOf, mountTtls } from "../leased/bounds.ts";
import { leaseWarnings } from "../leased/lease-terms.ts";
import { isSameOwner, named } from "../owner.ts";
import { fromUpstream } from "../upstream-error.ts";
import { isLeaseSet, isTeamOfOrganization, kindOf, type Role } from "./role.ts";

/**
 * What the writer of a role should know, as warnings.
 *
 * @param current The role before.
 * @throws PluginError `bad_request` if the role names another organization than the team's.
 */
export async function checkRole(
  { mount, terraform }: Engine,
  current: Role | undefined,
  role: Role,
  caller: RequestCaller,
): Promise<readonly string[]> {
  const config = await terraform.config();
  if (!config) return [];
  const isNew = current?.team_id !== role.team_id || current.organization !== role.organization;
  const unchecked = isNew ? await checkTeam(terraform, role, caller) : [];
  if (!kindOf(role).isLeased) {
    return [...unchecked, ...ignoredSettings(role)];
  }
  const otherUser = whyOtherUser(identityOf(config), role);
  return [
    ...unchecked,
    ...(otherUser === undefined ? [] : [otherUser]),
    ...leaseWarnings(boundsOf(await mountTtls(mount), role, config)),
  ];
}

/**
 * Why the configured token can't create tokens of the role's user; undefined if it can, or if the
 * role is of no user.
 */
export function whyOtherUser({ owner }: Identity, { user_id }: Role): string | undefined {
  const user = { type: "user", id: user_id } as const;
  if (user_id === "" || owner === undefined || isSameOwner(owner, user)) return undefined;
  return `this mount's token belongs to ${named(owner)}: only a token of ${named(user)} can create its tokens`;
}

/** The settings of a lease, for a role whose token is stored. */
function ignoredSettings(role: Role): readonly string[] {
  if (isTeamOfOrganization(role)) return isLeaseSet(role) ? [LEGACY_IGNORES] : [];
  return role.ttl > 0 || role.max_ttl > 0 ? [STORED_IGNORES] : [];
}

const LEGACY_IGNORES =
  "ttl, max_ttl and description have no effect: the role returns the team's legacy token, which has no lease; set credential_type to team for leased tokens";

const STORED_IGNORES =
  "ttl and max_ttl have no effect: the role returns a stored token, which has no lease";

/**
 * A team's tokens are looked for in its organization: one that isn't the team's would lose them.
 */
async function checkTeam(
  terraform: Engine["terraform"],
  { team_id, team_name, organization }: Role,
  caller: RequestCaller,
): Promise<readonly string[]> {
  // A team that was found by its name was found in its organization.
  if (team_id === "" || team_name !== "" || organization === "") return [];
  const open = await terraform.open(caller);
  const { client } = open;
  try {
    const actual =
      (await readOrganization(client, team_id)) ??
      (await findOrganization(client, await terraform.identity(open), team_id));
    if (actual === undefined || actual.toLowerCase() === organization.toLowerCase()) return [];
  } catch (error) {
    const { message } = PluginError.from(fromUpstream(error));
    return [
      `checking that team "${team_id}" belongs to organization "${organization}" failed: ${message}; the role was stored`,
    ];
  }
  throw new PluginError(
    "bad_request",
    `team "${team_id}" doesn't belong to organization "${organization}": correct organization, or leave it out`,
  );
}
