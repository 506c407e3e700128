import { FAULTS, type Fault, type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { PluginError, type PluginErrorCode } from "@vault-ts/vault-plugin";
import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createBackend } from "./backend.ts";
import { heldTokens, OPERATIONS, type Operation } from "./testing-fixtures/operations.ts";

/** What the one who asks is told. Of a configuration, which isn't stored then, it is always the operator's matter. */
const CODES: { readonly [F in Fault]: PluginErrorCode } = {
  "too many requests": "upstream",
  "server error": "upstream",
  "proxy error": "upstream",
  "proxy 404": "upstream",
  redirect: "upstream",
  hang: "upstream_timeout",
  "cut before": "upstream",
  "cut after": "upstream",
  "proxy error after": "upstream",
  "hang after": "upstream_timeout",
  "slow body": "upstream_timeout",
  malformed: "upstream",
  truncated: "upstream",
  "wrong document": "upstream",
  "wrong type": "upstream",
  huge: "upstream",
};

/** What answers a deletion has no document to be wrong: it is done. */
const FINE_FOR_DELETIONS: ReadonlySet<Fault> = new Set(["malformed", "wrong document", "wrong type"]);

/** Operations that call Terraform Cloud to delete, and for nothing else. */
const DELETIONS: ReadonlySet<string> = new Set(["revocation", "the end of the last role of a team"]);

let simulator: Simulator;
afterEach(() => simulator.close());

async function begin(operation: Operation): Promise<TestHost> {
  simulator = await startSimulator();
  const host = await startTestHost(createBackend);
  const { token } = simulator.credentials;
  await host.write("config", { address: simulator.address, token, request_timeout: 1 });
  await operation.before?.(host);
  return host;
}

const outcomeOf = (work: Promise<unknown>): Promise<PluginErrorCode | "done"> =>
  work.then(
    () => "done",
    (error: unknown) => PluginError.from(error).code,
  );

const deadTokens = (host: TestHost) => {
  const alive = new Set(simulator.world.tokens.map(({ text }) => text));
  return heldTokens(host, simulator).filter((token) => !alive.has(token));
};

describe.for(OPERATIONS)("$name", (operation) => {
  test.for(FAULTS)("with Terraform Cloud in fault (%s)", async (fault) => {
    const host = await begin(operation);
    simulator.fault = () => fault;
    const isDone = DELETIONS.has(operation.name) && FINE_FOR_DELETIONS.has(fault);
    const refused = operation.name === "a new configuration" ? "bad_request" : CODES[fault];
    expect(await outcomeOf(operation.request(host, simulator))).toBe(isDone ? "done" : refused);

    // Once it is well again, all is put right without a word.
    simulator.fault = undefined;
    await host.advance(180);
    expect(host.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
    expect(deadTokens(host)).toEqual([]);
    expect(simulator.world.tokens.map(({ text }) => text).sort()).toEqual(heldTokens(host, simulator).sort());
    if (operation.name !== "revocation" || host.leases.length > 0) {
      expect(await outcomeOf(operation.request(host, simulator))).toBe("done");
    }
  });
});
