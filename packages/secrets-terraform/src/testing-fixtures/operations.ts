import type { Simulator } from "@vault-ts/terraform-cloud/simulator";
import type { TestHost } from "@vault-ts/vault-plugin/testing";

const ORGANIZATION = "hashicorp-vault-testing";
const TEAM = "team-TUfzPAhqQ7xbfVwR";

/** What may be under way when the plugin dies: what is there before, and the request. */
export interface Operation {
  readonly name: string;
  readonly before?: (host: TestHost) => Promise<unknown>;
  readonly request: (host: TestHost, simulator: Simulator) => Promise<unknown>;
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: "creds of a user",
    before: (host) => host.write("role/a", { user_id: "user-12345abcde", ttl: 600 }),
    request: (host) => host.read("creds/a"),
  },
  {
    name: "creds of a team",
    before: (host) => host.write("role/a", { team_id: TEAM, credential_type: "team", ttl: 600 }),
    request: (host) => host.read("creds/a"),
  },
  {
    name: "the first role of an organization",
    request: (host) => host.write("role/a", { organization: ORGANIZATION }),
  },
  {
    name: "a role that moves from one owner to another",
    before: (host) => host.write("role/a", { organization: ORGANIZATION }),
    request: (host) =>
      host.write("role/a", { organization: "", team_id: TEAM, credential_type: "team_legacy" }),
  },
  {
    name: "rotation",
    before: (host) => host.write("role/a", { organization: ORGANIZATION }),
    request: (host) => host.write("rotate-role/a"),
  },
  {
    name: "the end of the last role of a team",
    before: (host) => host.write("role/a", { team_id: TEAM }),
    request: (host) => host.request("delete", "role/a"),
  },
  {
    name: "revocation",
    before: async (host) => {
      await host.write("role/a", { user_id: "user-12345abcde", ttl: 600 });
      await host.read("creds/a");
    },
    request: (host) => host.revoke(host.leases[0]),
  },
  {
    name: "a new configuration",
    before: (host) => host.write("role/a", { organization: ORGANIZATION }),
    request: (host, simulator) =>
      host.write("config", { token: simulator.credentials.token, explicit_max_ttl: 300 }),
  },
];

/** The texts of tokens that somebody holds: the operator, the storage, or a lease. */
export function heldTokens(host: TestHost, simulator: Simulator): string[] {
  const stored = host.storage
    .keys()
    .filter((key) => key.startsWith("token/"))
    .map((key) => (host.storage.json(key) as { token: string }).token);
  const ids = new Set(host.leases.map(({ internal }) => internal["token_id"]));
  const leased = simulator.world.tokens.filter(({ id }) => ids.has(id)).map(({ text }) => text);
  return [simulator.credentials.token, ...stored, ...leased];
}
