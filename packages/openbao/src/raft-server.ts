import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { apiRequest } from "./api-request.ts";
import { freePort, HOST } from "./free-port.ts";
import { type Instance, launch, type Run } from "./instance.ts";
import { OpenBaoError } from "./openbao-error.ts";
import { registerPlugin } from "./register-plugin.ts";
import { type Server, serverHandle } from "./server.ts";
import type { ServerOptions, Site } from "./site.ts";

/** A server whose data outlasts its process, until it is stopped for good. */
export interface RaftServer extends Server {
  /** Ends the process if it runs, starts another with the same data and port, and unseals it. @throws OpenBaoError `not_started`. */
  restart(): Promise<void>;
}

/**
 * Starts a server that keeps its data with Raft: one node, initialized with one key share, unsealed, with the plugins registered.
 * It ends with this process.
 *
 * @throws OpenBaoError `port_in_use`, `no_plugin`, `not_started` or `refused`.
 */
export async function startRaftServer(options: ServerOptions): Promise<RaftServer> {
  return await launch(options, describe, async (instance) => {
    const { key, rootToken } = await initialize(instance);
    await unseal(instance, key);
    const server = serverHandle(instance, rootToken);
    for (const plugin of instance.site.plugins) await registerPlugin(server, plugin);
    // Not a copy with one method more: a copy would keep the first process's id.
    return Object.assign(server, {
      async restart() {
        await instance.restart();
        await unseal(instance, key);
      },
    });
  });
}

async function describe({ address, folder, port, options }: Site): Promise<Run> {
  const cluster = `${HOST}:${await freePort()}`;
  const path = join(folder, "data");
  await mkdir(path);
  return {
    args: [],
    env: {},
    settings: {
      api_addr: address,
      cluster_addr: `https://${cluster}`,
      listener: { tcp: { address: `${HOST}:${port}`, cluster_address: cluster, tls_disable: true } },
      // Elections of one node in a second instead of five.
      storage: { raft: { path, node_id: "node", performance_multiplier: "1" } },
      // Vault insists that Raft says it; OpenBao never locks memory.
      ...(options.binary.kind === "vault" && { disable_mlock: true }),
    },
  };
}

interface Keys {
  readonly key: string;
  readonly rootToken: string;
}

async function initialize({ site }: Instance): Promise<Keys> {
  const { status, body } = await apiRequest(site.address, "PUT", "sys/init", {
    body: { secret_shares: 1, secret_threshold: 1 },
  });
  const { keys_base64: [key] = [], root_token: rootToken } = (body ?? {}) as Initialized;
  if (typeof key !== "string" || typeof rootToken !== "string") {
    throw new OpenBaoError("refused", `The server answered ${status} when it was to be initialized.`);
  }
  return { key, rootToken };
}

/** What a server answers, if it is well. */
interface Initialized {
  readonly keys_base64?: readonly unknown[];
  readonly root_token?: unknown;
}

async function unseal(instance: Instance, key: string): Promise<void> {
  const { address } = instance.site;
  const { status } = await apiRequest(address, "PUT", "sys/unseal", { body: { key } });
  if (status !== 200) {
    throw new OpenBaoError("refused", `The server answered ${status} when it was to be unsealed.`);
  }
  // 200 is the active node's; before, it stands for election.
  await instance.waitUntil(async () => (await apiRequest(address, "GET", "sys/health")).status === 200);
}
