import type { SimulatorCredentials } from "@vault-ts/terraform-cloud/simulator";

/** The output of a server's command line, as a table of keys and values. */
export type Table = ReadonlyMap<string, string>;

/** One command of the quick start, and its expected outcome. */
export interface Step {
  /** Printed before the command. */
  readonly title: string;
  /** The arguments of `bao`. */
  readonly args: readonly string[];
  /** What its output must have: a string, or the exact keys of the table that it prints. */
  readonly prints: string | readonly string[];
  /** Further checks; returns those that fail. */
  readonly check?: (table: Table, state: State) => Promise<string | undefined> | string | undefined;
}

/** The state that later steps need of earlier ones. */
export interface State {
  readonly tables: Map<string, Table>;
  /** The status of Terraform Cloud for a token: 200, or 401 for an invalid one. */
  readonly statusOf: (token: string | undefined) => Promise<number>;
}

const LEASED = ["lease_id", "lease_duration", "lease_renewable", "role", "token", "token_id"];

const success = (path: string) => `Success! Data written to: terraform/${path}`;

/** Checks that the token of a table is valid, or invalid, at Terraform Cloud. */
const alive = async (table: Table | undefined, { statusOf }: State) =>
  (await statusOf(table?.get("token"))) === 200
    ? undefined
    : "Terraform Cloud doesn't know the token";
const dead = async (table: Table | undefined, { statusOf }: State) =>
  (await statusOf(table?.get("token"))) === 401
    ? undefined
    : "the token still works at Terraform Cloud";

/** Reads credentials and stores them under a name for later steps. */
const read = (
  title: string,
  role: string,
  keys: readonly string[],
  keepAs: string = role,
): Step => ({
  title,
  args: ["read", `terraform/creds/${role}`],
  prints: keys,
  check: (table, state) => {
    state.tables.set(keepAs, table);
    return alive(table, state);
  },
});

/**
 * The quick start of Vault's documentation, word for word, with a role of each kind.
 *
 * @param address The address of Terraform Cloud.
 */
export function quickstartSteps(
  address: string,
  credentials: SimulatorCredentials,
): readonly Step[] {
  const { token, organization, teamId, userId } = credentials;
  return [
    {
      title: "Enable the secrets engine",
      args: ["secrets", "enable", "terraform"],
      prints: "Success! Enabled the terraform secrets engine at: terraform/",
    },
    {
      title: "Tell it where Terraform Cloud is, and with which token to call it",
      args: ["write", "terraform/config", `token=${token}`, `address=${address}`],
      prints: success("config"),
    },
    {
      title: "A role for the tokens of a user",
      args: ["write", "terraform/role/my-role", `user_id=${userId}`],
      prints: success("role/my-role"),
    },
    read("A new token with a lease", "my-role", LEASED),
    {
      title: "A role for the token of an organization",
      args: ["write", "terraform/role/testing", `organization=${organization}`],
      prints: success("role/testing"),
    },
    read("The organization's token; it has no lease", "testing", [
      "organization",
      "role",
      "token",
      "token_id",
    ]),
    {
      ...read("The same token again", "testing", ["organization", "role", "token", "token_id"]),
      check: (table, { tables }) =>
        table.get("token") === tables.get("testing")?.get("token")
          ? undefined
          : "the token is another one",
    },
    {
      title: "Rotate it",
      args: ["write", "-f", "terraform/rotate-role/testing"],
      prints: success("rotate-role/testing"),
      check: (_, state) => dead(state.tables.get("testing"), state),
    },
    {
      ...read("And only now another token", "testing", [
        "organization",
        "role",
        "token",
        "token_id",
      ]),
      check: async (table, state) =>
        table.get("token_id") === state.tables.get("testing")?.get("token_id")
          ? "the token is the same one"
          : await alive(table, state),
    },
    {
      title: "A role for the one legacy token of a team",
      args: ["write", "terraform/role/team-legacy", `team_id=${teamId}`],
      prints: success("role/team-legacy"),
    },
    read("The team's legacy token", "team-legacy", ["role", "team_id", "token", "token_id"]),
    {
      title: "A role for many tokens of a team",
      args: [
        "write",
        "terraform/role/team",
        `team_id=${teamId}`,
        "credential_type=team",
        "description=for the pipeline",
        "ttl=1h",
        "max_ttl=8h",
      ],
      prints: success("role/team"),
    },
    read("A new team token with a lease", "team", [...LEASED, "description", "expired_at"]),
    {
      title: "The roles",
      args: ["list", "terraform/role"],
      prints: "my-role\nteam\nteam-legacy\ntesting",
    },
    {
      title: "Revoke all leases",
      args: ["lease", "revoke", "-sync", "-prefix", "terraform/creds/"],
      prints: "Success! Revoked any leases with prefix: terraform/creds/",
      check: async (_, state) =>
        (await dead(state.tables.get("my-role"), state)) ??
        (await dead(state.tables.get("team"), state)),
    },
    ...["", "/config", "/role/my-role", "/role/", "/creds/my-role", "/rotate-role/my-role"].map(
      (path) => ({
        title: path === "" ? "Help of the mount" : `Help of ${path.slice(1)}`,
        args: ["path-help", `terraform${path}`],
        prints: "## DESCRIPTION",
      }),
    ),
  ];
}
