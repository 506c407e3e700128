import { launch } from "./instance.ts";
import { initialize, runRaftNode, unseal } from "./raft-node.ts";
import { registerPlugin } from "./register-plugin.ts";
import { type Server, serverHandle } from "./server.ts";
import type { ServerOptions } from "./site.ts";

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
  return await launch(options, runRaftNode, async (instance) => {
    const { key, rootToken } = await initialize(instance);
    await unseal(instance, key, "active");
    const server = serverHandle(instance, rootToken);
    for (const plugin of instance.site.plugins) await registerPlugin(server, plugin);
    // Not a copy with one method more: a copy would keep the first process's id.
    return Object.assign(server, {
      async restart() {
        await instance.restart();
        await unseal(instance, key, "active");
      },
    });
  });
}
