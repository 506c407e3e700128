import { storedKind } from "./kind.ts";
import { readOrganization, seesTeam, teamFields } from "./team.ts";

export const teamLegacy = storedKind({
  type: "team_legacy",
  help: "the legacy token of a team, which has no description, stored until it is rotated",
  fields: teamFields,
  isAdoptable: true,
  needs: "team_id",
  orNeeds: ["organization", "team_name"],
  impliedBy: "team_id",
  ownerType: "team",
  policyType: "team",
  leaseRemedy: "use credential_type team",
  notFoundHint:
    "the team doesn't exist, or the mount's token lacks permission to manage its tokens",
  tokensOf: (client) => client.teamLegacyTokens,
  organizationOf: (client, { id }) => readOrganization(client, id),
  sees: seesTeam,
});
