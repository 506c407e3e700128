import type { StoredKind } from "./kind.ts";
import { readOrganization, seesTeam } from "./team.ts";

export const teamLegacy: StoredKind = {
  type: "team_legacy",
  help: "the one token without a description of a team; stored, and returned until it is rotated",
  isLeased: false,
  needs: "team_id",
  ownerOf: ({ team_id }) => ({ type: "team", id: team_id }),
  tokensOf: (client) => client.teamLegacyTokens,
  organizationOf: (client, { id }) => readOrganization(client, id),
  sees: seesTeam,
};
