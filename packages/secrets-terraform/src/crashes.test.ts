import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createBackend } from "./backend.ts";
import { heldTokens, memoryMount } from "./testing-fixtures/memory-mount.ts";
import { OPERATIONS, type Operation } from "./testing-fixtures/operations.ts";

let simulator: Simulator;
afterEach(() => simulator.close());

/** A mount in use, and all moments that it passes from then on: `seen` is told each. */
async function begin(operation: Operation, seen: () => void | Promise<void>): Promise<TestHost> {
  simulator = await startSimulator();
  const host = await startTestHost(createBackend);
  await host.write("config", { address: simulator.address, token: simulator.credentials.token });
  await operation.before?.(memoryMount(host));
  host.storage.onCall = seen;
  simulator.onRequest = seen;
  return host;
}

/** How many moments an operation has: before each call of the storage, before and after each deed of Terraform Cloud, and after its answer. */
async function momentsOf(operation: Operation): Promise<number> {
  let moments = 0;
  const host = await begin(operation, () => {
    moments += 1;
  });
  await operation.request(memoryMount(host), simulator.credentials);
  await simulator.close();
  return moments;
}

describe.for<Operation>(OPERATIONS)("the plugin dies during $name", (operation) => {
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
      void operation.request(memoryMount(host), simulator.credentials);
      await death;
      host.storage.onCall = undefined;
      simulator.onRequest = undefined;
      await host.restart();

      await host.advance(180);
      const at = `moment ${fatal} of ${moments}`;
      expect([at, host.logs]).toEqual([at, []]);
      expect([at, simulator.world.tokens.map(({ text }) => text).sort()]).toEqual([
        at,
        heldTokens(host, simulator).sort(),
      ]);
      expect([at, host.storage.keys().filter((key) => key.startsWith("wal/"))]).toEqual([at, []]);

      // What was asked for can be asked for again.
      if (operation.name !== "revocation" || host.leases.length > 0)
        await operation.request(memoryMount(host), simulator.credentials);
      expect([at, simulator.world.tokens.map(({ text }) => text).sort()]).toEqual([
        at,
        heldTokens(host, simulator).sort(),
      ]);
      await simulator.close();
    }
  });
});
