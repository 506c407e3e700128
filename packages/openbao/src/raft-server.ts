import { type Instance, launch } from "./instance.ts";
import { initialize, type Keys, type Role, runRaftNode, seal, unseal } from "./raft-node.ts";
import { restoreSnapshot, takeSnapshot } from "./raft-snapshot.ts";
import { registerPlugin } from "./register-plugin.ts";
import { type Server, serverHandle } from "./server.ts";
import type { ServerOptions } from "./site.ts";

/** A server whose data outlasts its process, until `stop`. */
export interface RaftServer extends Server {
  /**
   * Stops the process if it runs, starts another with the same data and port, and unseals it.
   *
   * @throws OpenBaoError `not_started`.
   */
  restart(): Promise<void>;
  /**
   * Seals it: it then responds only with its state; in a cluster another node becomes active.
   *
   * @throws OpenBaoError `refused`.
   */
  seal(): Promise<void>;
  /**
   * Unseals it, and waits until it serves requests.
   *
   * @throws OpenBaoError `refused` or `not_started`.
   */
  unseal(): Promise<void>;
  /**
   * Returns a snapshot of the storage; a standby's copy may lag behind.
   *
   * @throws OpenBaoError `refused`.
   */
  snapshot(): Promise<Uint8Array>;
  /**
   * Restores a snapshot, and waits until the active node, which this must be, serves it.
   *
   * @throws OpenBaoError `refused` or `not_started`.
   */
  restore(snapshot: Uint8Array): Promise<void>;
}

/**
 * Starts a server with Raft storage: one node, initialized with one key share, unsealed, with the
 * plugins registered. It stops with this process.
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
 * The handle of an unsealed server with Raft storage.
 *
 * @param role The state that is awaited whenever it is unsealed.
 */
export function raftServer(instance: Instance, { key, rootToken }: Keys, role: Role): RaftServer {
  const { address } = instance.site;
  // Not a copy with further methods: it would have the first process's id.
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
