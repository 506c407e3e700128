import type { Seed } from "./world.ts";

const ORGANIZATION = "hashicorp-vault-testing";

/** The ids of the default seed. */
export const SEEDED = {
  organization: ORGANIZATION,
  /** The team of the organization's owners. */
  ownersTeamId: "team-4q2Xt8vMYVbdJNGk",
  /** Another team, whose only member isn't an owner. */
  teamId: "team-TUfzPAhqQ7xbfVwR",
  agentPoolId: "apool-yoGUFz5zcRMMz53i",
  /** An owner of the organization. */
  userId: "user-12345abcde",
  /** A member of the other team. */
  otherUserId: "user-V3R563qtJNcExAkN",
} as const;

/**
 * One organization, two teams, an agent pool, two users: enough for the quick start, and for its
 * errors; a workspace for the command lines.
 */
export const DEFAULT_SEED: Seed = {
  organizations: [ORGANIZATION],
  users: [
    { id: SEEDED.userId, username: "operator" },
    { id: SEEDED.otherUserId, username: "developer" },
  ],
  agentPools: [{ id: SEEDED.agentPoolId, organization: ORGANIZATION }],
  teams: [
    {
      id: SEEDED.ownersTeamId,
      name: "owners",
      organization: ORGANIZATION,
      isOwners: true,
      members: [SEEDED.userId],
    },
    {
      id: SEEDED.teamId,
      name: "developers",
      organization: ORGANIZATION,
      isOwners: false,
      members: [SEEDED.otherUserId],
    },
  ],
  workspaces: [{ id: "ws-7aGr2TLbUYaQbmdN", name: "network", organization: ORGANIZATION }],
};
