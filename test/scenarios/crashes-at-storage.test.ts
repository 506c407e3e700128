import { PLUGIN_FILE } from "@vault-ts/dev";
import { deferred } from "@vault-ts/go-plugin/testing";
import { createBackend } from "@vault-ts/secrets-terraform";
import {
  heldTokens,
  type MountClient,
  memoryMount,
  OPERATIONS,
  type Operation,
  uncommitted,
} from "@vault-ts/secrets-terraform/testing";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { type PluginProcess, startProcess } from "@vault-ts/vault-plugin/process-testing";
import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { expect } from "vitest";
import { inLanes } from "../support/in-lanes.ts";
import { makeCertificate } from "../support/old-host.ts";
import { scenario } from "../support/scenario.ts";

/** Processes that run at once. */
const LANES = 2;

/** Told of a stored token that was dead: that is what these crashes leave. */
const REPLACED = /^replaced a stored token after/;

const certificate = await makeCertificate();

/** A mount in memory that is in use, and a process of the plugin that has its storage. */
interface Scene {
  readonly simulator: Simulator;
  readonly host: TestHost;
  readonly plugin: PluginProcess;
}

/**
 * @param moment Called at each moment of what the process does: a call of the storage, or a
 * request's at Terraform Cloud.
 */
async function begin(operation: Operation, moment: () => void | Promise<void>): Promise<Scene> {
  const simulator = await startSimulator();
  const host = await startTestHost(createBackend);
  await host.write("config", { address: simulator.address, token: simulator.credentials.token });
  await operation.before?.(memoryMount(host));
  const plugin = await startProcess(PLUGIN_FILE, certificate, host.storage);
  host.storage.onCall = moment;
  simulator.onRequest = moment;
  return { simulator, host, plugin };
}

/** The process, as operations ask it. */
function processMount({ plugin, host }: Scene): MountClient<unknown> {
  return {
    read: (path) => plugin.ask("read", path),
    write: (path, data) => plugin.ask("update", path, data),
    delete: (path) => plugin.ask("delete", path),
    revoke: () => plugin.ask("revoke", "", undefined, leaseOf(host)),
  };
}

function leaseOf(host: TestHost) {
  const [lease] = host.leases;
  if (!lease) throw new Error("the mount has no lease");
  return { ...lease, increment: 0 };
}

async function momentsOf(operation: Operation): Promise<number> {
  let moments = 0;
  const scene = await begin(operation, () => {
    moments += 1;
  });
  expect(await operation.request(processMount(scene), scene.simulator.credentials)).toMatchObject({
    err: undefined,
  });
  await end(scene);
  return moments;
}

async function end({ simulator, plugin }: Scene): Promise<void> {
  await plugin.kill();
  await simulator.close();
}

/**
 * Kills the process at a moment.
 *
 * @returns what is wrong three minutes later, and when the same is asked for again.
 */
async function dieAt(operation: Operation, fatal: number): Promise<readonly string[]> {
  let moment = 0;
  const death = deferred<void>();
  const scene = await begin(operation, () => {
    moment += 1;
    if (moment < fatal) return;
    death.resolve();
    // The dead get no answer, and what they still send does nothing.
    return new Promise<never>(() => {});
  });
  const { host, simulator } = scene;
  const request = operation.request(processMount(scene), simulator.credentials);
  const failure = expect(request).rejects.toThrow();
  await death.promise;
  await scene.plugin.kill();
  await failure;
  host.storage.onCall = undefined;
  simulator.onRequest = undefined;

  const wrongs: string[] = [];
  const compare = () => {
    const [there, held] = [
      simulator.world.tokens.map(({ text }) => text),
      heldTokens(host, simulator),
    ];
    const orphans = there.filter((token) => !held.includes(token)).length;
    const dead = held.filter((token) => !there.includes(token)).length;
    if (orphans + dead > 0) wrongs.push(`${orphans} orphans, ${dead} dead`);
  };
  await host.restart();
  await host.advance(180);
  compare();
  if (operation.name !== "revocation" || host.leases.length > 0) {
    await operation.request(memoryMount(host), simulator.credentials);
  }
  compare();
  await host.advance(900);
  compare();
  const left = uncommitted(host.storage).length;
  if (left > 0) wrongs.push(`${left} entries are left`);
  await simulator.close();
  return [...wrongs, ...host.logs.filter((line) => !REPLACED.test(line))].map(
    (wrong) => `${operation.name}, moment ${fatal}: ${wrong}`,
  );
}

scenario(
  ["CRASHES"],
  "the plugin is killed at each call of its storage, and of Terraform Cloud",
  async () => {
    const counts = await inLanes(LANES, OPERATIONS, momentsOf);
    const moments = OPERATIONS.flatMap((operation, index) =>
      Array.from({ length: counts[index] ?? 0 }, (_, before) => ({ operation, fatal: before + 1 })),
    );
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(4);
    const wrongs = await inLanes(LANES, moments, ({ operation, fatal }) => dieAt(operation, fatal));
    expect(wrongs.flat()).toEqual([]);
  },
);
