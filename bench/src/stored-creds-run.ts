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
  /** Seconds between rotations; none are made if absent. */
  readonly rotateEvery?: number;
}

export interface StoredCredsResult {
  readonly reads: number;
  /** Milliseconds. */
  readonly latencies: readonly number[];
  readonly rotations: number;
  /** Reads that gave a token that was replaced by a rotation that had ended before the read began. */
  readonly stale: number;
  /** The process of the plugin, before and after, in MB. */
  readonly megabytes: readonly [before: number | undefined, after: number | undefined];
}

/** Clients read the stored token of an organization, over and over, while it is rotated. @throws Error if an answer isn't 200. */
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
  /** Which rotation has made a token. */
  const generations = new Map<string, number>();
  let ended = 0;
  const note = () => {
    const stored = simulator.world.tokens.find(({ owner }) => owner.type === "organizations");
    if (stored) generations.set(stored.text, ended);
  };
  note();

  const latencies: number[] = [];
  let stale = 0;
  const end = performance.now() + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const known = ended;
      const start = performance.now();
      const token = await readToken(server, plugin, agent);
      latencies.push(performance.now() - start);
      // One that isn't noted yet is newer than all that are.
      if ((generations.get(token) ?? ended) < known) stale += 1;
    }
  };
  const rotate = async () => {
    while (rotateEvery !== undefined && performance.now() + rotateEvery * 1000 < end) {
      await sleep(rotateEvery * 1000);
      await expectSuccess(server, "PUT", `${plugin}/rotate-role/stored`);
      ended += 1;
      note();
    }
  };
  const before = await memory();
  await Promise.all([rotate(), ...Array.from({ length: clients }, client)]);
  const after = await memory();
  agent.destroy();
  return { reads: latencies.length, latencies, rotations: ended, stale, megabytes: [before, after] };
}

async function prepare(server: Server, plugin: string, { address, credentials }: Simulator): Promise<void> {
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
        else reject(new Error(`a read was answered with ${response.statusCode}: ${text}`));
      });
    })
      .once("error", reject)
      .end();
  });
}
