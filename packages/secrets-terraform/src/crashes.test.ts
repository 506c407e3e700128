import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createBackend } from "./backend.ts";

const ORGANIZATION = "hashicorp-vault-testing";
const TEAM = "team-TUfzPAhqQ7xbfVwR";

/** What may be under way when the plugin dies: what is there before, and the request. */
interface Operation {
  readonly name: string;
  readonly before?: (host: TestHost) => Promise<unknown>;
  readonly request: (host: TestHost) => Promise<unknown>;
}

const OPERATIONS: readonly Operation[] = [
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
    request: (host) => host.write("config", { token: simulator.credentials.token, explicit_max_ttl: 300 }),
  },
];

let simulator: Simulator;
afterEach(() => simulator.close());

/** A mount in use, and all moments that it passes from then on: `seen` is told each. */
async function begin(operation: Operation, seen: () => void | Promise<void>): Promise<TestHost> {
  simulator = await startSimulator();
  const host = await startTestHost(createBackend);
  await host.write("config", { address: simulator.address, token: simulator.credentials.token });
  await operation.before?.(host);
  host.storage.onCall = seen;
  simulator.onRequest = seen;
  return host;
}

/** How many moments an operation has: before each call of the storage, before and after each deed of Terraform Cloud. */
async function momentsOf(operation: Operation): Promise<number> {
  let moments = 0;
  const host = await begin(operation, () => {
    moments += 1;
  });
  await operation.request(host);
  await simulator.close();
  return moments;
}

/** The texts of tokens that somebody holds: the operator, the storage, or a lease. */
function heldTokens(host: TestHost): string[] {
  const stored = host.storage
    .keys()
    .filter((key) => key.startsWith("token/"))
    .map((key) => (host.storage.json(key) as { token: string }).token);
  const ids = new Set(host.leases.map(({ internal }) => internal["token_id"]));
  const leased = simulator.world.tokens.filter(({ id }) => ids.has(id)).map(({ text }) => text);
  return [simulator.credentials.token, ...stored, ...leased];
}

describe.for(OPERATIONS)("the plugin dies during $name", (operation) => {
  test("at any moment: in the end nothing is orphaned, nothing dead, nothing stuck", async () => {
    const moments = await momentsOf(operation);
    expect(moments).toBeGreaterThan(1);
    for (let fatal = 1; fatal <= moments; fatal += 1) {
      let moment = 0;
      let died = () => {};
      const death = new Promise<void>((resolve) => {
        died = resolve;
      });
      const host = await begin(operation, () => {
        moment += 1;
        if (moment !== fatal) return;
        died();
        // The dead get no answer.
        return new Promise<never>(() => {});
      });
      void operation.request(host);
      await death;
      host.storage.onCall = undefined;
      simulator.onRequest = undefined;
      await host.restart();

      await host.advance(180);
      const at = `moment ${fatal} of ${moments}`;
      expect([at, host.logs]).toEqual([at, []]);
      expect([at, simulator.world.tokens.map(({ text }) => text).sort()]).toEqual([
        at,
        heldTokens(host).sort(),
      ]);
      expect([at, host.storage.keys().filter((key) => key.startsWith("wal/"))]).toEqual([at, []]);

      // What was asked for can be asked for again.
      if (operation.name !== "revocation" || host.leases.length > 0) await operation.request(host);
      expect([at, simulator.world.tokens.map(({ text }) => text).sort()]).toEqual([
        at,
        heldTokens(host).sort(),
      ]);
      await simulator.close();
    }
  });
});
