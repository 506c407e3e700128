/** Something that a user can see, and that has to hold. */
export interface Requirement {
  /** Where it comes from. */
  readonly source: string;
  /** What has to happen. */
  readonly behaviour: string;
}

const API = "Vault's documentation of its Terraform Cloud secrets engine, API";
const QUICK_START = "Vault's documentation of its Terraform Cloud secrets engine, quick start";
const CLIENTS = "Clients that people use: bao, node-vault, hvac, bao agent";
const PROVIDER =
  "Terraform's provider for Vault: the requests of its resources for Terraform Cloud";
const COMMAND_LINES =
  "Terraform and OpenTofu: the protocol of credentials helpers, and TF_TOKEN variables";
const EXAMPLES = "The folders of examples/, for those who take tokens on other systems";
const ROTATION =
  "Vault's documentation of rotation fields, and what Vault Secrets Operator reads of static credentials";
const POLICIES = "Least privilege: docs/policies, and the server's audit devices";
const FRAMEWORK =
  "What the framework promises to authors of plugins, as HashiCorp's framework in Go does";
const GO_PLUGIN = "HashiCorp's engine, version 0.13.0, on the same server";
const KNOWING = "Operators: what is out there, and what became of it";
const PROTOCOL = "hashicorp/go-plugin, and the behaviour of OpenBao 2.7.2";

/**
 * What the engine must do, row by row. `scenario` binds a test to rows. A row without a test fails,
 * and so does a test that names a row that isn't here.
 */
export const requirements = {
  QUICK_START: {
    source: QUICK_START,
    behaviour:
      "Each command of the quick start prints what the documentation shows, for a role of each kind",
  },
  CONFIG_READ: {
    source: API,
    behaviour: "Reading config on an empty mount is 404; the token is never returned",
  },
  CONFIG_MERGE: {
    source: API,
    behaviour: "A write to config keeps what it doesn't name; delete removes it all",
  },
  CONFIG_VERIFIED: {
    source: API,
    behaviour:
      "A token that Terraform Cloud refuses is 400 and changes nothing, unless verify_connection is false; its owner, id and expiry are stored",
  },
  CONFIG_ADDRESS: {
    source: "A token belongs to the host that it was written for",
    behaviour:
      "A new address without a token is pending until a token is written, and is sent no token before",
  },
  CONFIG_EXISTENCE: {
    source: API,
    behaviour:
      "A policy with create alone writes config once, one with update alone only afterwards",
  },
  ROLE_FIELDS: {
    source: API,
    behaviour:
      "A role's read returns name, ttl and max_ttl in seconds, what was set, and the effective credential type",
  },
  ROLE_MERGE: {
    source: API,
    behaviour: "A write to a role keeps what it doesn't name; an empty string or 0 clears",
  },
  ROLE_RULES: {
    source: API,
    behaviour: "A role that contradicts itself is 400 with the rule, and nothing is stored",
  },
  ROLE_TYPE: {
    source: API,
    behaviour: "Without credential_type, team_id gives team_legacy, else organization, else user",
  },
  ROLE_DELETE: {
    source: API,
    behaviour:
      "Deleting a role that doesn't exist succeeds; a policy with update alone can write roles",
  },
  ROLE_LIST: {
    source: API,
    behaviour: "Roles are listed by name, sorted, in pages with after and limit; no roles is 404",
  },
  ROLE_NAMES: {
    source: API,
    behaviour: "Names are lower-cased on every path alike, and at most 128 characters",
  },
  CREDS_LEASED: {
    source: API,
    behaviour:
      "Each read of a user's or team's creds issues a new token that works, with a renewable lease",
  },
  CREDS_STORED: {
    source: API,
    behaviour:
      "Creds of an organization or legacy team are the same token each time, without a lease",
  },
  CREDS_NAMES: {
    source: QUICK_START,
    behaviour: "The response of every creds read, leased or stored, has role, token and token_id",
  },
  CREDS_TTL: {
    source: "Secrets engines with leases: the ttl of a request for credentials",
    behaviour:
      "ttl at creds issues a lease of that length, capped by all limits with a warning; 0 is the role's; on a stored kind it is 400",
  },
  KIND_AGENT: {
    source: "Terraform Cloud's API documentation, agent tokens",
    behaviour:
      "A role of an agent pool issues leased tokens of it, without an expiry, which are revoked with their leases",
  },
  KIND_METRICS: {
    source: "Terraform Cloud's API documentation, metrics service tokens",
    behaviour:
      "A metrics role issues leased tokens of an organization, never one that the organization's TTL policy rejects",
  },
  KIND_AUDIT_TRAILS: {
    source: "Terraform Cloud's API documentation, audit trails tokens",
    behaviour:
      "An audit_trails role stores a token that is another than the organization's own; Terraform Enterprise, which would confuse them, gets no request",
  },
  KIND_BY_EDITION: {
    source: "Terraform Cloud's API documentation, and its history",
    behaviour:
      "A kind without support by the edition or the entitlement is 400, with the possible causes",
  },
  KINDS: {
    source: API,
    behaviour:
      "path-help, OpenAPI, roles and status know each kind of token, and the fields that it takes",
  },
  TTL_POLICY: {
    source: "Terraform Cloud's API documentation, token TTL policies of organizations",
    behaviour:
      "A token that the organization's TTL policy rejects is never returned: a leased one is 400 and gone, a stored one is created for as long as the policy allows",
  },
  ROLE_TEAM_NAME: {
    source: "Terraform Cloud's API documentation, teams",
    behaviour:
      "A role may name a team by organization and team_name: its id is looked up when the role is written, and read back with the name; an unknown name, or an edition without a list of teams, is 400",
  },
  CREDS_SHARED: {
    source:
      "Terraform Cloud has a single token of an organization, and a single legacy token of a team",
    behaviour: "Roles of one owner share its stored token; deleting the last of them deletes it",
  },
  ROTATE: {
    source: API,
    behaviour:
      "rotate-role replaces the token and token_id of organization and legacy team roles; the old one is invalid",
  },
  ROTATION_SCHEDULED: {
    source: ROTATION,
    behaviour:
      "A stored token with a rotation_period or rotation_schedule is rotated by itself, for all roles of its owner, and no dead one is returned meanwhile",
  },
  ROTATION_FIELDS: {
    source: ROTATION,
    behaviour:
      "Roles take a period or a schedule with its window and tell the last and the next rotation; creds say what Vault Secrets Operator reads; what contradicts itself is 400",
  },
  ROTATION_CONFIG: {
    source: ROTATION,
    behaviour:
      "The mount's own token is rotated by config's schedule, and no read of creds fails meanwhile",
  },
  ROTATE_ROOT: {
    source: ROTATION,
    behaviour:
      "rotate-root leaves the mount with another token of the same owner and kind, and no second one, whosever it is",
  },
  ROTATE_ROOT_LOST: {
    source: ROTATION,
    behaviour:
      "Where the only token of its owner was replaced and the answer never arrived, config and creds say so, and what to do",
  },
  ADOPT: {
    source: ROTATION,
    behaviour:
      "A role written with a token of its owner stores that one, never returns it, and creates none; a dead one and another owner's are 400",
  },
  ROTATE_REFUSED: { source: API, behaviour: "rotate-role of a user or team role is 400" },
  LEASE_TTL: {
    source: API,
    behaviour:
      "A lease lasts the role's ttl, else the mount's default, and never beyond the role's, the mount's or the configuration's maximum",
  },
  LEASE_RENEW: {
    source: API,
    behaviour:
      "A renewal follows the role's current ttl and max_ttl; without the role it is rejected",
  },
  LEASE_REVOKE: {
    source: API,
    behaviour:
      "Revoking a lease deletes its token at Terraform Cloud, and succeeds if the token no longer exists",
  },
  LEASE_EXPIRY: {
    source: API,
    behaviour: "A token is revoked when its lease expires, and has an expiry at Terraform Cloud",
  },
  BAD_INPUT: {
    source: API,
    behaviour:
      "Bad input is 400 with a message that names the field and what it must be; nothing is stored",
  },
  UPSTREAM_ERRORS: {
    source: "Terraform Cloud's API documentation",
    behaviour:
      "A request that Terraform Cloud rejects is 400 and a failed one is 502, with a message that has no token",
  },
  EDITIONS: {
    source: "Terraform Cloud's API documentation, and its history",
    behaviour:
      "Terraform Enterprise works, with its own host, base path and private authority, and an old one as far as it can; and so does HCP Europe",
  },
  LOST_ANSWERS: {
    source: API,
    behaviour:
      "An orphaned token, whose response was lost, is deleted; a stored token whose rotation has no known outcome is replaced by one that works",
  },
  FAULTS: {
    source: API,
    behaviour:
      "With each fault of Terraform Cloud, each operation has the outcome of the document, and the mount reconciles itself afterwards",
  },
  CRASHES: {
    source: API,
    behaviour:
      "Plugin or server may be killed at any moment: after a rollback no token is orphaned, no stored token invalid, no lease irrevocable",
  },
  LOAD: {
    source: API,
    behaviour:
      "Under load and faults at random no lease is irrevocable, no stored token is returned after it was rotated, and tokens and leases agree in the end",
  },
  CLUSTER: {
    source: PROTOCOL,
    behaviour:
      "In a cluster a request to a standby creates one token and never two, each node sees what another wrote, and another node takes over when the active one dies",
  },
  CLUSTER_STANDBY: {
    source: PROTOCOL,
    behaviour:
      "A standby serves reads of roles, config and stored creds itself, and forwards requests that write or create a token",
  },
  CLUSTER_FAILOVER: {
    source: PROTOCOL,
    behaviour:
      "After the active node was killed during an issue, a rotation or a revocation: three minutes later no token is orphaned, no stored token invalid, no lease irrevocable",
  },
  CLUSTER_SCHEDULE: {
    source: PROTOCOL,
    behaviour:
      "Scheduled work, such as the rollback of WAL entries, is done by the active node alone",
  },
  CLUSTER_STEP_DOWN: {
    source: PROTOCOL,
    behaviour:
      "When the active node steps down, requests in progress complete, and leases and stored tokens continue on another node",
  },
  CLUSTER_SEAL: {
    source: PROTOCOL,
    behaviour:
      "When the active node is sealed, another takes over; an unsealed node has its stored tokens and leases; the plugin of a sealed node doesn't run",
  },
  CLUSTER_SNAPSHOT: {
    source: PROTOCOL,
    behaviour:
      "After a restore each node serves the snapshot within a second; later changes at Terraform Cloud are undone by leases, expiries or rotate-role",
  },
  CLIENT_CLI: {
    source: CLIENTS,
    behaviour:
      "Each path is written, read, listed and deleted, and each lease renewed and revoked, on the command line",
  },
  CLIENT_WRAPPING: {
    source: CLIENTS,
    behaviour: "Wrapped creds are not in the response, and are unwrapped once",
  },
  CLIENT_NODE_VAULT: {
    source: CLIENTS,
    behaviour:
      "node-vault runs each operation of the engine, and reports errors with status and message",
  },
  CLIENT_HVAC: {
    source: CLIENTS,
    behaviour: "hvac runs each operation of the engine, and reports errors with class and message",
  },
  CLIENT_AGENT: {
    source: CLIENTS,
    behaviour:
      "bao agent keeps a file with a token that works: through renewals, past max_ttl, and after a rotation",
  },
  TERRAFORM_BACKEND: {
    source: PROVIDER,
    behaviour:
      "The backend's settings read as they were written, also in several writes: no plan finds a difference",
  },
  TERRAFORM_ROLE: {
    source: PROVIDER,
    behaviour: "A role of each kind reads as it was written, without other fields",
  },
  TERRAFORM_CREDS: {
    source: PROVIDER,
    behaviour: "Leased creds are looked up and revoked, stored ones read the same again",
  },
  TERRAFORM_CLI: {
    source: COMMAND_LINES,
    behaviour:
      "init and plan of a cloud or remote backend work with a token of the mount, and are refused once its lease is revoked",
  },
  CREDENTIALS_HELPER: {
    source: COMMAND_LINES,
    behaviour:
      "The credentials helper gives each run a new token, for the hosts alone that it is for, stores nothing, and says what it can't do",
  },
  EXAMPLE_AGENT: {
    source: EXAMPLES,
    behaviour:
      "The commands of the agent's example run as written: a CLI configuration, or a job's environment, has a token that works",
  },
  EXAMPLE_GITHUB: {
    source: EXAMPLES,
    behaviour:
      "The commands and the workflow of the example for GitHub Actions work with vault-action's requests, and its last step revokes the token",
  },
  EXAMPLE_INJECTOR: {
    source: EXAMPLES,
    behaviour:
      "The annotations of the injector's example are ones that the injector knows, and its template gives a token that works",
  },
  EXAMPLE_SYSTEMD: {
    source: EXAMPLES,
    behaviour:
      "The units of systemd's example are valid, and leave a token that works where the next service reads it",
  },
  EXAMPLE_VSO: {
    source: EXAMPLES,
    behaviour:
      "The manifests of the operator's example fit its schema, and the policy allows what it asks for: creds, renewal, revocation",
  },
  POLICY_OPERATOR: {
    source: POLICIES,
    behaviour:
      "An operator's token configures the mount, writes roles and rotates, and can't read credentials",
  },
  POLICY_ISSUER: {
    source: POLICIES,
    behaviour:
      "An issuer's token issues, renews and revokes leased tokens of one role, and does nothing else",
  },
  POLICY_READER: {
    source: POLICIES,
    behaviour: "A reader's token reads the stored token of one role, and does nothing else",
  },
  AUDIT: {
    source: POLICIES,
    behaviour: "The audit log has each request, and no token in clear",
  },
  HELP: {
    source: QUICK_START,
    behaviour: "path-help documents the mount and each path, its parameters and rules",
  },
  UI_API_EXPLORER: {
    source: "OpenBao's web UI, API explorer",
    behaviour: "The explorer lists the mount's operations, documents their fields, and runs them",
  },
  OPENAPI: {
    source: "The OpenAPI specification, version 3.0",
    behaviour:
      "The server's OpenAPI document is valid with the mount's paths, and has all that they refer to",
  },
  GO_PLUGIN_HELP: {
    source: GO_PLUGIN,
    behaviour:
      "path-help has the same form: headings, order, indentation, routes, types of parameters",
  },
  GO_PLUGIN_OPENAPI: {
    source: GO_PLUGIN,
    behaviour:
      "OpenAPI has the same operations, parameters, schemas and fields, with the same names and types, or a reason",
  },
  GO_PLUGIN_INPUT: {
    source: GO_PLUGIN,
    behaviour:
      "Odd input is stored or rejected alike: durations, numbers as strings, unknown parameters; or there is a reason",
  },
  API_REFERENCE: {
    source: "docs/api.md",
    behaviour:
      "Each request of the API reference has the documented response, and the parameters, types, defaults and limits in its tables are the server's",
  },
  TWO_MOUNTS: {
    source: QUICK_START,
    behaviour: "Two mounts have separate configurations, roles and tokens, in one process",
  },
  RELOAD: {
    source: PROTOCOL,
    behaviour: "After a reload of the plugin, stored tokens and leases continue",
  },
  PLUGIN_KILLED: {
    source: PROTOCOL,
    behaviour: "After the idle plugin was killed, the next request works",
  },
  SERVER_KILLED: {
    source: PROTOCOL,
    behaviour:
      "After the server was killed, no plugin process and no socket remains after 3 seconds",
  },
  LOG_LEVELS: {
    source: PROTOCOL,
    behaviour:
      "The plugin's log lines appear in the server's log at their level, and have no token",
  },
  PROTOCOL_WRAPPED: {
    source: PROTOCOL,
    behaviour:
      "A host of protocol 3 or 4 wraps its certificate: the plugin unwraps it at the server, once, and accepts no other certificate",
  },
  PROTOCOL_METADATA: {
    source: PROTOCOL,
    behaviour: "In metadata mode the plugin says what it is, without TLS, and unwraps nothing",
  },
  DROP_IN: {
    source: "HashiCorp's engine 0.13.0, and what it stores",
    behaviour:
      "This plugin takes over a mount of HashiCorp's engine with configuration, roles, leases and stored tokens; all tokens remain valid",
  },
  MIGRATION: {
    source: "docs/migration.md",
    behaviour:
      "The commands of the document migrate a mount of HashiCorp's engine, back, and again, with the documented results",
  },
  BETTER: {
    source: "Issues of HashiCorp's engine 0.13.0, seen by running it",
    behaviour:
      "Defects of HashiCorp's engine are fixed here: see test/scenarios/defects.test.ts, which runs both",
  },
  ANOTHER_PLUGIN: {
    source: "README",
    behaviour: "Another plugin that uses only the framework runs on a real server",
  },
  FRAMEWORK_OPERATIONS: {
    source: FRAMEWORK,
    behaviour:
      "Create, read, update, patch, delete, list, scan and HEAD reach their handler; an operation that a path doesn't have is 405, an unknown path 404",
  },
  FRAMEWORK_PATCH: {
    source: "RFC 7396",
    behaviour:
      "A patch keeps what it doesn't name and clears what is null, to the field's default or its type's zero value; of an object that doesn't exist it is 404",
  },
  FRAMEWORK_INPUT: {
    source: "docs/decisions/fields.md",
    behaviour:
      "Null in a write counts as not sent; an empty string is not a boolean; a file's last line break is removed; lengths are characters; query parameters are typed",
  },
  FRAMEWORK_ANSWERS: {
    source: FRAMEWORK,
    behaviour:
      "Raw bodies, headers, warnings, redirects and wrapped responses reach the client unchanged",
  },
  FRAMEWORK_SPECIAL_PATHS: {
    source: FRAMEWORK,
    behaviour: "A root path needs sudo; an unauthenticated one needs no token",
  },
  FRAMEWORK_SYSTEM: {
    source: FRAMEWORK,
    behaviour:
      "A plugin can read TTLs, replication, versions, entities, groups and clients, and generate passwords",
  },
  FRAMEWORK_STORAGE: {
    source: FRAMEWORK,
    behaviour:
      "Entries are listed in pages; a transaction is stored as a whole, or not at all, also on a conflict",
  },
  FRAMEWORK_WAL: {
    source: FRAMEWORK,
    behaviour:
      "Once a minute periodic work runs and WAL entries are rolled back; all of them when the mount is removed",
  },
  FRAMEWORK_LIFE: {
    source: FRAMEWORK,
    behaviour:
      "A backend is initialized and cleaned up with its mount; its secrets are renewed and revoked with their stored data",
  },
  FRAMEWORK_FAILURES: {
    source: FRAMEWORK,
    behaviour: "Whatever a handler throws, the process and other mounts and calls are unaffected",
  },
  FRAMEWORK_REDACTED: {
    source: FRAMEWORK,
    behaviour: "A secret of a sensitive field is stored and returned, and never printed",
  },
  FRAMEWORK_CANCEL: {
    source: FRAMEWORK,
    behaviour: "A handler's signal is aborted when its client disconnects",
  },
  FRAMEWORK_SIZE: { source: FRAMEWORK, behaviour: "Requests and responses of 16 MB work" },
  FRAMEWORK_AUTH: {
    source: FRAMEWORK,
    behaviour: "An auth method logs clients in, renews their tokens, and looks up aliases",
  },
  START_ERRORS: {
    source: PROTOCOL,
    behaviour: "Each failure to start leaves one line at ERROR, with the cause and the remedy",
  },
  START_SOCKET: {
    source: PROTOCOL,
    behaviour:
      "A socket is created if its path fits, and is announced only if it accepts connections",
  },
  START_ALONE: {
    source: PROTOCOL,
    behaviour: "The plugin is one file that depends on no other",
  },
  START_ENVIRONMENT: {
    source: PROTOCOL,
    behaviour:
      "Node's variables in the server's environment have no effect; the plugin's own have, from a registration too",
  },
  START_HOST_LOST: {
    source: PROTOCOL,
    behaviour:
      "The plugin reconnects to the server; if it can't, the process ends and the server starts another",
  },
  DOCTOR: {
    source: "Operators: docs/tools.md",
    behaviour:
      "The plugin's doctor says what is wrong with the file, the way to Terraform Cloud and the server's view of it, a line each with its remedy, and exit code 1",
  },
  STATUS: {
    source: KNOWING,
    behaviour:
      "Status shows of each role whose tokens it is for, which one is stored or how many leases live, and never a token; its list has all of them",
  },
  DRIFT: {
    source: KNOWING,
    behaviour:
      "A stored token that somebody has replaced or deleted is found by drift_check_period, and at once with refresh=true; creds of it warn, and name rotate-role",
  },
  DRIFT_CLUSTER: {
    source: KNOWING,
    behaviour:
      "The active node alone asks Terraform Cloud of drift, and tidies; standbys show what it has found, and forward the rest",
  },
  CHECK: {
    source: KNOWING,
    behaviour:
      "Check tells whether the mount's token works and what it may do for each role, with the reason where it may not; always 200, and nothing is changed",
  },
  TIDY: {
    source: KNOWING,
    behaviour:
      "Tidy finds tokens with the mount's tag that nothing holds, such as a restored snapshot leaves, and deletes them with dry_run=false alone; never another mount's",
  },
  BENCH: {
    source: "CONTRIBUTING",
    behaviour:
      "The comparison of plugins measures each operation and number of clients, starts, memory and scale, and fails with the first request that does",
  },
  COMMAND_ERRORS: {
    source: "README",
    behaviour:
      "Missing Python, a port in use, a wrong BAO_BIN, no network: one clear sentence and exit code 1, no stack trace",
  },
} as const satisfies Readonly<Record<string, Requirement>>;

export type RequirementId = keyof typeof requirements;
