import { randomBytes } from "node:crypto";
import { launch } from "./instance.ts";
import { registerPlugin } from "./register-plugin.ts";
import { type Server, serverHandle } from "./server.ts";
import type { ServerOptions } from "./site.ts";

/**
 * Starts a server in memory, as `bao server -dev` does, with the plugins registered. It stops with
 * this process.
 *
 * @throws OpenBaoError `port_in_use`, `no_plugin`, `not_started` or `refused`.
 */
export async function startDevServer(options: ServerOptions): Promise<Server> {
  // In the environment: all accounts on the machine can read the arguments of a process.
  const rootToken = randomBytes(16).toString("hex");
  return await launch(
    options,
    ({ address }) => ({
      args: ["-dev", "-dev-no-store-token", `-dev-listen-address=${new URL(address).host}`],
      env: { [`${options.binary.prefix}_DEV_ROOT_TOKEN_ID`]: rootToken },
      settings: {},
    }),
    async (instance) => {
      const server = serverHandle(instance, rootToken);
      // It may listen, and be unsealed, before the token is created.
      await instance.waitUntil(
        async () => (await server.request("GET", "auth/token/lookup-self")).status === 200,
      );
      for (const plugin of instance.site.plugins) await registerPlugin(server, plugin);
      return server;
    },
  );
}
