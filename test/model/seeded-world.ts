import type { Owner, Seed } from "@vault-ts/terraform-cloud/simulator";

/**
 * Two organizations with two teams each, and three users of different rights: the same at each
 * Terraform Cloud.
 */
export const SEED: Seed = {
  organizations: ["acme", "globex"],
  users: [
    { id: "user-ann", username: "ann" },
    { id: "user-bob", username: "bob" },
    { id: "user-cyd", username: "cyd" },
  ],
  teams: [
    team("acme-owners", "acme", true, ["user-ann", "user-bob"]),
    team("acme-dev", "acme", false, ["user-cyd"]),
    team("globex-owners", "globex", true, ["user-ann"]),
    team("globex-dev", "globex", false, ["user-bob"]),
  ],
  agentPools: [],
};

function team(name: string, organization: string, isOwners: boolean, members: readonly string[]) {
  return { id: `team-${name}`, name, organization, isOwners, members };
}

/**
 * The two addresses that a mount may call: the default one, and that of another Terraform Cloud.
 */
export const ADDRESSES = { A: "https://app.terraform.io", B: "https://tfe.example.com" } as const;
export type CloudName = keyof typeof ADDRESSES;

/** The base paths that each Terraform Cloud answers at. */
export const DEFAULT_ROOT = "/api/v2/";
export const ROOTS = [DEFAULT_ROOT, "/gateway/api/v2/"] as const;

/** The tokens that operators have. */
export const OPERATORS = {
  ann: { cloud: "A", owner: { type: "users", id: "user-ann" } },
  bob: { cloud: "A", owner: { type: "users", id: "user-bob" } },
  cyd: { cloud: "A", owner: { type: "users", id: "user-cyd" } },
  acme: { cloud: "A", owner: { type: "organizations", id: "acme" } },
  "ann at B": { cloud: "B", owner: { type: "users", id: "user-ann" } },
} as const satisfies Readonly<Record<string, { cloud: CloudName; owner: Owner }>>;
export type Operator = keyof typeof OPERATORS;

/** What a role may name. */
export const ROLES = {
  "user ann": { user_id: "user-ann" },
  "user bob": { user_id: "user-bob" },
  "team acme-dev": { credential_type: "team", team_id: "team-acme-dev" },
  "team acme-dev of acme": {
    credential_type: "team",
    team_id: "team-acme-dev",
    organization: "acme",
  },
  "team acme-dev of globex": {
    credential_type: "team",
    team_id: "team-acme-dev",
    organization: "globex",
  },
  "team globex-dev": { credential_type: "team", team_id: "team-globex-dev" },
  "legacy acme-dev": { credential_type: "team_legacy", team_id: "team-acme-dev" },
  "legacy globex-dev": { credential_type: "team_legacy", team_id: "team-globex-dev" },
  "organization acme": { credential_type: "organization", organization: "acme" },
  "organization ACME": { credential_type: "organization", organization: "ACME" },
  "organization globex": { credential_type: "organization", organization: "globex" },
  "organization Globex": { credential_type: "organization", organization: "Globex" },
} as const;
export type RoleKind = keyof typeof ROLES;

/** Those whose token an operator may replace by hand. */
export const SINGLE_TOKEN_OWNERS = [
  "organizations/acme",
  "organizations/globex",
  "teams/team-acme-dev",
] as const;

/** The owners that requests for a role have to do with, as paths of the API name them. */
export function ownersOf(kind: RoleKind): readonly string[] {
  const fields: {
    readonly user_id?: string;
    readonly team_id?: string;
    readonly organization?: string;
  } = ROLES[kind];
  const { user_id, team_id, organization } = fields;
  const home = SEED.teams.find(({ id }) => id === team_id)?.organization;
  return [
    ...(user_id ? [`users/${user_id}`] : []),
    ...(team_id ? [`teams/${team_id}`] : []),
    ...[organization, home].flatMap((name) =>
      name ? [`organizations/${name.toLowerCase()}`] : [],
    ),
  ];
}
