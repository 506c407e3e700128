import { setTimeout as sleep } from "node:timers/promises";
import { PLUGIN_FILE } from "@vault-ts/dev";
import { deferred } from "@vault-ts/go-plugin/testing";
import { createBackend } from "@vault-ts/secrets-terraform";
import {
  heldTokens,
  type MountClient,
  memoryMount,
  OPERATIONS,
  type Operation,
  rootTokenFor,
  uncommitted,
} from "@vault-ts/secrets-terraform/testing";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { type PluginProcess, startProcess } from "@vault-ts/vault-plugin/process-testing";
import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { expect } from "vitest";
import { inLanes } from "../support/in-lanes.ts";
import { makeCertificate } from "../support/old-host.ts";
import { IS_FULL } from "../support/scale.ts";
import { scenario } from "../support/scenario.ts";

/** Processes that run at once. */
const LANES = 2;

/**
 * Told of a stored token that was dead, which is what these crashes leave, and of rotations that a
 * schedule begins.
 */
const EXPECTED = /^(replaced a stored token after|rotated a token on schedule)/;

/**
 * Where the only token of its owner was created, and nobody but the process has it: if it was the
 * mount's own, the mount has none any more.
 */
const UNSTORED = /^(POST (acted|answered)|put token\/.*)$/;

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
async function begin(
  operation: Operation,
  moment: (name: string) => void | Promise<void>,
): Promise<Scene> {
  const simulator = await startSimulator();
  const host = await startTestHost(createBackend);
  // What there is was created a minute ago: for the process, a short period is over by now.
  const now = host.clock.now();
  host.clock.set(now - 60_000);
  const token = rootTokenFor(operation, simulator);
  await host.write("config", { address: simulator.address, token });
  await operation.before?.(memoryMount(host));
  host.clock.set(now);
  const plugin = await startProcess(PLUGIN_FILE, certificate, host.storage);
  host.storage.onCall = ({ operation: call, key }) => moment(`${call} ${key}`);
  simulator.onRequest = ({ method, moment: when }) => moment(`${method} ${when}`);
  return { simulator, host, plugin };
}

/** The process, as operations ask it. */
function processMount({ plugin, host }: Scene): MountClient<unknown> {
  return {
    read: (path) => plugin.ask("read", path),
    write: (path, data) => plugin.ask("update", path, data),
    delete: (path) => plugin.ask("delete", path),
    revoke: () => plugin.ask("revoke", "", undefined, leaseOf(host)),
    async rotateBySchedule() {
      const before = storedIdsOf(host);
      await plugin.ask("update", "role/a", { rotation_period: 10 });
      while (storedIdsOf(host) === before || uncommitted(host.storage).length > 0) {
        // Needs no storage, and fails once the process is dead.
        await plugin.ask("help", "role/a");
        await sleep(5);
      }
      await plugin.ask("update", "role/a", { rotation_period: 0 });
      return await plugin.ask("read", "creds/a");
    },
  };
}

function storedIdsOf({ storage }: TestHost): string {
  const keys = storage.keys().filter((key) => key.startsWith("token/"));
  return keys.map((key) => (storage.json(key) as { token_id: string }).token_id).join();
}

function leaseOf(host: TestHost) {
  const [lease] = host.leases;
  if (!lease) throw new Error("the mount has no lease");
  return { ...lease, increment: 0 };
}

async function momentsOf(operation: Operation): Promise<readonly string[]> {
  const moments: string[] = [];
  const scene = await begin(operation, (name) => void moments.push(name));
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
async function dieAt({ operation, index, name }: Point): Promise<readonly string[]> {
  let moment = 0;
  const death = deferred<void>();
  const scene = await begin(operation, () => {
    moment += 1;
    if (moment <= index) return;
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
  const isLost = await recover(scene, operation);
  if (isLost && !UNSTORED.test(name)) wrongs.push("the mount's token is lost");
  compare();
  if (!operation.endsLease || host.leases.length > 0) {
    await operation.request(memoryMount(host), simulator.credentials);
  }
  compare();
  await host.advance(900);
  compare();
  const left = uncommitted(host.storage).length;
  if (left > 0) wrongs.push(`${left} entries are left`);
  await simulator.close();
  // A mount without a token that works says so at each rollback.
  return [...wrongs, ...(isLost ? [] : host.logs).filter((line) => !EXPECTED.test(line))].map(
    (wrong) => `${operation.name}, moment ${index}, ${name}: ${wrong}`,
  );
}

/** If the mount says that its token is lost, writes another one, as it says. */
async function recover({ host, simulator }: Scene, { root }: Operation): Promise<boolean> {
  const warnings = (await host.request("read", "config"))?.warnings.join() ?? "";
  if (!root?.isSingle || !warnings.includes("is no longer valid")) return false;
  await host.write("config", { token: root.grant(simulator).text });
  await host.advance(60);
  return true;
}

/** A moment of an operation. */
interface Point {
  readonly operation: Operation;
  readonly index: number;
  readonly name: string;
}

/** At others the process leaves what it leaves at the next of these, or at the operation's end. */
const isOfChange = ({ name }: Point) => !/^(get|list|GET) /.test(name);

scenario(
  ["CRASHES"],
  "the plugin is killed at each call of its storage, and of Terraform Cloud",
  async () => {
    const found = await inLanes(LANES, OPERATIONS, async (operation) =>
      (await momentsOf(operation)).map((name, index): Point => ({ operation, index, name })),
    );
    expect(Math.min(...found.map((points) => points.length))).toBeGreaterThanOrEqual(4);
    const points = IS_FULL ? found.flat() : found.flat().filter(isOfChange);
    const wrongs = await inLanes(LANES, points, dieAt);
    expect(wrongs.flat()).toEqual([]);
  },
);
