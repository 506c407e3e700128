import { type Instance, launch } from "./instance.ts";
import { initialize, type Keys, type Role, runRaftNode, seal, unseal } from "./raft-node.ts";
import { restoreSnapshot, takeSnapshot } from "./raft-snapshot.ts";
import { registerPlugin } from "./register-plugin.ts";
import { type Server, serverHandle } from "./server.ts";
import type { ServerOptions } from "./site.ts";

/** A server whose data outlasts its process, until it is stopped for good. */
export interface RaftServer extends Server {
  /** Ends the process if it runs, starts another with the same data and port, and unseals it. @throws OpenBaoError `not_started`. */
  restart(): Promise<void>;
  /** Seals it: it gives its key away and answers nothing but its state; in a cluster another goes on. @throws OpenBaoError `refused`. */
  seal(): Promise<void>;
  /** Unseals it, and waits until it takes requests. @throws OpenBaoError `refused` or `not_started`. */
  unseal(): Promise<void>;
  /** All that is stored; a standby's copy may lag behind. @throws OpenBaoError `refused`. */
  snapshot(): Promise<Uint8Array>;
  /** Brings back what was stored, and waits until the active node, which this must be, goes on with it. @throws OpenBaoError `refused` or `not_started`. */
  restore(snapshot: Uint8Array): Promise<void>;
}

/**
 * Starts a server that keeps its data with Raft: one node, initialized with one key share, unsealed, with the plugins registered.
 * It ends with this process.
 *
 * @throws OpenBaoError `port_in_use`, `no_plugin`, `not_started` or `refused`.
 */
export async function startRaftServer(options: ServerOptions): Promise<RaftServer> {
  return await launch(options, runRaftNode, async (instance) => {
    const keys = await initialize(instance);
    await unseal(instance, keys.key, "active");
    const server = raftServer(instance, keys, "active");
    for (const plugin of instance.site.plugins) await registerPlugin(server, plugin);
    return server;
  });
}

/**
 * What users hold of a server with Raft storage that is unsealed.
 *
 * @param role What it is waited for to be whenever it is unsealed.
 */
export function raftServer(instance: Instance, { key, rootToken }: Keys, role: Role): RaftServer {
  const { address } = instance.site;
  // Not a copy with some methods more: a copy would keep the first process's id.
  return Object.assign(serverHandle(instance, rootToken), {
    async restart() {
      await instance.restart();
      await unseal(instance, key, role);
    },
    seal: () => seal(instance, rootToken),
    unseal: () => unseal(instance, key, role),
    snapshot: () => takeSnapshot(address, rootToken),
    restore: (snapshot: Uint8Array) => restoreSnapshot(instance, rootToken, snapshot),
  });
}
