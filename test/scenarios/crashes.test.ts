import { PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type RaftServer, startRaftServer } from "@vault-ts/openbao";
import { OPERATIONS } from "@vault-ts/secrets-terraform/testing";
import { afterAll, beforeAll, expect } from "vitest";
import { type Point, pointsOf, type Reached, reach } from "../support/crash.ts";
import { inLanes } from "../support/in-lanes.ts";
import { newMount } from "../support/mount.ts";
import { remains, unsettled } from "../support/provoke.ts";
import { scenario } from "../support/scenario.ts";

/** Mounts that are asked at once. */
const LANES = 8;

let server: RaftServer;
let points: readonly Point[];

beforeAll(async () => {
  const plugins = [{ name: "terraform", file: PLUGIN_FILE }];
  server = await startRaftServer({ binary: await findServer(), plugins });
  points = (await inLanes(LANES, OPERATIONS, (operation) => pointsOf(server, operation))).flat();
});
afterAll(() => server.stop());

/** What dies, and how it comes back. */
interface Victim {
  /** Its processes that run now. */
  pids(): Promise<readonly number[]>;
  revive(): Promise<void>;
}

const plugin: Victim = {
  // More than one for a moment, where several mounts have found it gone.
  pids: () => server.pluginProcesses(),
  // The server starts another one for the next request.
  async revive() {
    await using mount = await newMount(server);
    await mount.configure();
  },
};

const theServer: Victim = {
  pids: async () => [server.pid],
  revive: () => server.restart(),
};

/**
 * Operations reach their moments, and something is killed: once for all moments that can be held,
 * and once for each that can't.
 *
 * @returns what they reached.
 */
async function strike({ pids, revive }: Victim): Promise<readonly Reached[]> {
  const struck: Reached[] = [];
  const held = await inLanes(
    LANES,
    points.filter(({ moment }) => moment !== "answered"),
    (point) => reach(server, point),
  );
  for (const pid of await pids()) process.kill(pid, "SIGKILL");
  await Promise.all(held.map(({ release }) => release()));
  await revive();
  struck.push(...held);
  for (const point of points.filter(({ moment }) => moment === "answered")) {
    const reached = await reach(server, point, await pids());
    await reached.release();
    await revive();
    struck.push(reached);
  }
  return struck;
}

scenario(
  ["CRASHES"],
  "after the plugin or the server was killed at each stage, no token is orphaned, none invalid, no lease irrevocable",
  async () => {
    const struck = [...(await strike(plugin)), ...(await strike(theServer))];
    expect(struck).toHaveLength(2 * points.length);
    const provoked = struck.map(({ mount, point: { operation } }) => ({ mount, operation }));
    // So many rollbacks at once may take a minute more than one does.
    await expect.poll(() => unsettled(server, provoked), { interval: 2000 }).toEqual([]);

    const wrongs = await inLanes(
      LANES,
      struck,
      async ({ mount, point: { operation, index, moment } }) =>
        (await remains(server, { mount, operation })).map(
          (wrong) => `${operation.name}, moment ${index}, ${moment}: ${wrong}`,
        ),
    );
    expect(wrongs.flat()).toEqual([]);
    await Promise.all(struck.map(({ mount }) => mount[Symbol.asyncDispose]()));
  },
);
