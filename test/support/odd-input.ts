/** One request to a mount that is configured, and has a role `user` and a role `organization`. */
export interface OddRequest {
  readonly method: "GET" | "PUT" | "DELETE" | "LIST";
  readonly path: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const user_id = "user-12345abcde";

/** Writes of a new role, with what is odd about them; what is stored is read afterwards. */
const ROLES: readonly (readonly [name: string, data: Readonly<Record<string, unknown>>])[] = [
  ...[
    90,
    "90",
    "90s",
    "1h",
    "1h30m",
    "1.5h",
    "2d",
    "",
    "0",
    null,
    "1999ms",
    "1.9s",
    -1,
    "-1h",
    1.5,
    "1.5",
    "abc",
    "1 h",
    "0x10",
    "1e3",
    "1d12h",
    true,
    [60],
    { a: 1 },
    99_999_999_999,
  ].map((ttl) => [`ttl ${JSON.stringify(ttl)}`, { user_id, ttl }] as const),
  ["max_ttl as text", { user_id, max_ttl: "2h" }],
  ["ttl above max_ttl", { user_id, ttl: "2h", max_ttl: "1h" }],
  ["ttl as max_ttl", { user_id, ttl: "1h", max_ttl: 3600 }],
  ["ttl without max_ttl", { user_id, ttl: "1h", max_ttl: 0 }],
  ["a number for a text", { user_id, description: 5 }],
  ["a bool for a text", { user_id, description: true }],
  ["a fraction for a text", { user_id, description: 1.5 }],
  ["null for a text", { user_id, description: null }],
  ["a list for a text", { user_id, description: ["x"] }],
  ["a map for a text", { user_id, description: { a: 1 } }],
  ["a text with an umlaut", { user_id, description: "für CI 😀" }],
  ["a text with blanks around it", { user_id, description: " x " }],
  ["a long text", { user_id, description: "d".repeat(201) }],
  ["a text with a control character", { user_id, description: "a\u0007b" }],
  ["an id that is a path", { user_id: "../../organizations" }],
  ["an id that is a number", { user_id: 12345 }],
  ["an unknown parameter", { user_id, nope: 1 }],
  ["the name in the body", { user_id, name: "other" }],
  ["nothing", {}],
  ["everything empty", { user_id: "", organization: "", team_id: "" }],
  ["user and organization", { user_id, organization: "ci" }],
  ["user and team", { user_id, team_id: "team-1" }],
  ["an unknown kind", { user_id, credential_type: "org" }],
  ["a kind in capitals", { user_id, credential_type: "User" }],
  ["an empty kind", { user_id, credential_type: "" }],
  ["kind user without a user", { organization: "ci", credential_type: "user" }],
  ["kind team without a team", { organization: "ci", credential_type: "team" }],
  ["kind organization without one", { user_id, credential_type: "organization" }],
  ["kind team_legacy with a ttl", { team_id: "team-1", credential_type: "team_legacy", ttl: 60 }],
  [
    "kind team with all",
    { team_id: "team-1", credential_type: "team", ttl: 60, max_ttl: 120, description: "d" },
  ],
];

/** Names of roles: written, and read under the same name. */
const NAMES = [
  "CI",
  "a.b-c_1",
  "1",
  "_",
  "a-",
  "-a",
  ".a",
  "ä",
  "a b",
  "a/b",
  "n".repeat(128),
  "n".repeat(129),
];

/** Writes to config, over one that is there. */
const CONFIGS: readonly (readonly [name: string, data: Readonly<Record<string, unknown>>])[] = [
  ["an unknown parameter", { token: "TOKEN", address: "ADDRESS", nope: 1 }],
  ["a list as token", { token: ["x"], address: "ADDRESS" }],
  ["a number as address", { token: "TOKEN", address: 5 }],
  ["an address without a scheme", { token: "TOKEN", address: "example.com" }],
  ["a map as base_path", { token: "TOKEN", address: "ADDRESS", base_path: {} }],
  ["an empty base_path", { token: "TOKEN", address: "ADDRESS", base_path: "" }],
  ["no token, but the address", { address: "ADDRESS" }],
  ["no token, but another address", { address: "https://tfe.example.com" }],
  ["the token alone", { token: "TOKEN" }],
  ["nothing", {}],
];

/** By name. `TOKEN` and `ADDRESS` stand for those of the Terraform Cloud that is there. */
export const oddWrites: Readonly<Record<string, OddRequest>> = Object.fromEntries([
  ...ROLES.map(([name, data], index) => [
    `role: ${name}`,
    { method: "PUT", path: `role/odd-${index + 1}`, data },
  ]),
  ...NAMES.map((name) => [
    `role name: ${name.length > 20 ? `${name.length} letters` : name}`,
    { method: "PUT", path: `role/${encodeURIComponent(name)}`, data: { user_id } },
  ]),
  ...CONFIGS.map(([name, data]) => [`config: ${name}`, { method: "PUT", path: "config", data }]),
]);

/** By name: requests of which the status is all that is compared. */
export const oddRequests: Readonly<Record<string, OddRequest>> = {
  "creds of a role that isn't there": { method: "GET", path: "creds/absent" },
  "creds of a user": { method: "GET", path: "creds/user" },
  "creds of a user, in capitals": { method: "GET", path: "creds/USER" },
  "creds of a user, by a write": { method: "PUT", path: "creds/user", data: {} },
  "creds of a user, deleted": { method: "DELETE", path: "creds/user" },
  "creds of no name": { method: "GET", path: "creds/" },
  "creds of a path": { method: "GET", path: "creds/a/b" },
  "rotation of a role that isn't there": { method: "PUT", path: "rotate-role/absent", data: {} },
  "rotation of a user": { method: "PUT", path: "rotate-role/user", data: {} },
  "rotation of an organization": { method: "PUT", path: "rotate-role/organization", data: {} },
  "rotation of an organization, in capitals": {
    method: "PUT",
    path: "rotate-role/ORGANIZATION",
    data: {},
  },
  "rotation, read": { method: "GET", path: "rotate-role/organization" },
  "a role that isn't there": { method: "GET", path: "role/absent" },
  "a role that isn't there, deleted": { method: "DELETE", path: "role/absent" },
  "a role, in capitals": { method: "GET", path: "role/USER" },
  "all roles": { method: "LIST", path: "role/" },
  "all roles, without the slash": { method: "LIST", path: "role" },
  "all roles, read": { method: "GET", path: "role/" },
  "config, listed": { method: "LIST", path: "config" },
  "a path that isn't there": { method: "GET", path: "nothing" },
};
