import { PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type RaftServer, startRaftServer } from "@vault-ts/openbao";
import { OPERATIONS } from "@vault-ts/secrets-terraform/testing";
import { afterAll, beforeAll, expect } from "vitest";
import { type Point, pointsOf, type Reached, reach } from "../support/crash.ts";
import { inLanes } from "../support/in-lanes.ts";
import { newMount } from "../support/mount.ts";
import { remains, unsettled } from "../support/provoke.ts";
import { IS_FULL } from "../support/scale.ts";
import { scenario } from "../support/scenario.ts";

/** Mounts that are asked at once. */
const LANES = 8;

/**
 * A request that only reads leaves what there is before it: where others follow, the short form
 * does without its moments.
 */
function essential(all: readonly Point[]): readonly Point[] {
  const ofChanges = all.filter(({ method }) => method !== "GET");
  return ofChanges.length > 0 ? ofChanges : all;
}

let server: RaftServer;
let points: readonly Point[];

beforeAll(async () => {
  const plugins = [{ name: "terraform", file: PLUGIN_FILE }];
  server = await startRaftServer({ binary: await findServer(), plugins });
  const found = await inLanes(LANES, OPERATIONS, (operation) => pointsOf(server, operation));
  points = found.flatMap((all) => (IS_FULL ? all : essential(all)));
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
 * Operations reach their moments, all at once, and something is killed.
 *
 * @returns what they reached.
 */
async function strike({ pids, revive }: Victim): Promise<readonly Reached[]> {
  const struck = await inLanes(LANES, points, (point) => reach(server, point));
  const victims = await pids();
  for (const pid of victims) process.kill(pid, "SIGSTOP");
  await Promise.all(struck.map(({ answer }) => answer()));
  for (const pid of victims) process.kill(pid, "SIGKILL");
  await Promise.all(struck.map(({ release }) => release()));
  await revive();
  return struck;
}

scenario(
  ["CRASHES"],
  "after the plugin or the server was killed at each stage, no token is orphaned, none invalid, no lease irrevocable",
  async () => {
    const struck = [...(await strike(plugin)), ...(await strike(theServer))];
    expect(struck).toHaveLength(2 * points.length);
    const settling = struck.map(({ mount, point }) => ({
      mount,
      point,
      operation: point.operation,
      // One that was received is carried out all the same, once nobody waits for it.
      mayLoseRoot: point.method === "POST",
    }));
    // So many rollbacks at once may take a minute more than one does.
    await expect.poll(() => unsettled(server, settling), { interval: 2000 }).toEqual([]);

    const wrongs = await inLanes(LANES, settling, async (one) =>
      (await remains(server, one)).map(
        (wrong) =>
          `${one.operation.name}, moment ${one.point.index}, ${one.point.moment}: ${wrong}`,
      ),
    );
    expect(wrongs.flat()).toEqual([]);
    await Promise.all(struck.map(({ mount }) => mount[Symbol.asyncDispose]()));
  },
);
