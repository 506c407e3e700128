import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@vault-ts/openbao";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expectSuccess } from "./expect-success.ts";
import { residentMegabytes } from "./memory.ts";

export interface StoredCredsOptions {
  /** The plugin's name at the server, and the path of its mount. */
  readonly plugin: string;
  readonly seconds: number;
  readonly clients: number;
  /** Seconds between rotations; none if absent. */
  readonly rotateEvery?: number;
}

export interface StoredCredsResult {
  readonly reads: number;
  /** Milliseconds. */
  readonly latencies: readonly number[];
  readonly rotations: number;
  /** Reads that returned a token that was deleted before the read began. */
  readonly dead: number;
  /** The process of the plugin, before and after, in MB. */
  readonly megabytes: readonly [before: number | undefined, after: number | undefined];
}

/** The latency of a response: the old token is deleted for so long before the new one is known. */
const ANSWER_MS = 100;

/**
 * Clients read the stored token of an organization repeatedly, while it is rotated.
 *
 * @throws Error if a status isn't 200.
 */
export async function readStoredCreds(
  server: Server,
  options: StoredCredsOptions,
): Promise<StoredCredsResult> {
  await using simulator = await startSimulator();
  const { plugin, seconds, clients, rotateEvery } = options;
  await prepare(server, plugin, simulator);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const memory = async () => {
    const [pid] = await server.pluginProcesses();
    return pid === undefined ? undefined : await residentMegabytes(pid);
  };
  const deaths = noteDeaths(simulator);
  const latencies: number[] = [];
  let [dead, rotations] = [0, 0];
  const end = performance.now() + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      const token = await readToken(server, plugin, agent);
      latencies.push(performance.now() - start);
      if ((deaths.get(token) ?? Number.POSITIVE_INFINITY) < start) dead += 1;
    }
  };
  const rotate = async () => {
    while (rotateEvery !== undefined && performance.now() + rotateEvery * 1000 < end) {
      await sleep(rotateEvery * 1000);
      await expectSuccess(server, "PUT", `${plugin}/rotate-role/stored`);
      rotations += 1;
    }
  };
  const before = await memory();
  await Promise.all([rotate(), ...Array.from({ length: clients }, client)]);
  const after = await memory();
  agent.destroy();
  return { reads: latencies.length, latencies, rotations, dead, megabytes: [before, after] };
}

/**
 * When each token was replaced, in milliseconds of this process, recorded when it happens. The
 * responses to these requests are delayed.
 */
function noteDeaths(simulator: Simulator): ReadonlyMap<string, number> {
  const deaths = new Map<string, number>();
  let known = simulator.world.tokens;
  simulator.onRequest = async ({ method, moment }) => {
    if (method !== "POST" || moment !== "acted") return;
    const present = simulator.world.tokens;
    for (const token of known)
      if (!present.includes(token)) deaths.set(token.text, performance.now());
    known = present;
    await sleep(ANSWER_MS);
  };
  return deaths;
}

async function prepare(
  server: Server,
  plugin: string,
  { address, credentials }: Simulator,
): Promise<void> {
  const { token, organization } = credentials;
  await expectSuccess(server, "POST", `sys/mounts/${plugin}`, { type: plugin });
  await expectSuccess(server, "PUT", `${plugin}/config`, { address, token });
  await expectSuccess(server, "PUT", `${plugin}/role/stored`, { organization });
}

function readToken({ address, rootToken }: Server, plugin: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "x-vault-token": rootToken };
    request(`${address}/v1/${plugin}/creds/stored`, { agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () => {
        if (response.statusCode === 200)
          resolve((JSON.parse(text) as { data: { token: string } }).data.token);
        else reject(new Error(`a read failed with status ${response.statusCode}: ${text}`));
      });
    })
      .once("error", reject)
      .end();
  });
}
