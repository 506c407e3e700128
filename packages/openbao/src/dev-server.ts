import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, requireFreePort } from "./free-port.ts";
import { OpenBaoError } from "./openbao-error.ts";
import { copyPlugins, type PluginFile, registerPlugin } from "./register-plugin.ts";
import { apiRequest, type Server, serverHandle } from "./server.ts";
import type { ServerBinary } from "./server-binary.ts";
import { type ServerProcess, startProcess, temporaryFolder } from "./server-process.ts";

export interface DevServerOptions {
  readonly binary: ServerBinary;
  readonly plugins: readonly PluginFile[];
  /** Of the loopback interface; a free one if absent. */
  readonly port?: number;
}

const READY_TIMEOUT_MS = 30_000;

/** How often a free port may be taken by somebody else before it is used. */
const PORT_ATTEMPTS = 3;

/**
 * Starts a server in memory, as `bao server -dev` does, with the plugins registered. It ends with this process.
 *
 * @throws OpenBaoError `port_in_use`, `not_started` or `refused`.
 */
export async function startDevServer({ binary, plugins, port }: DevServerOptions): Promise<Server> {
  if (port !== undefined) await requireFreePort(port);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(binary, plugins, port ?? (await freePort()));
    } catch (error) {
      const retry = error instanceof OpenBaoError && error.code === "port_in_use" && port === undefined;
      if (!retry || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function start(binary: ServerBinary, plugins: readonly PluginFile[], port: number): Promise<Server> {
  const folder = await temporaryFolder();
  const pluginFolder = join(folder.path, "plugins");
  const config = join(folder.path, "config.json");
  await copyPlugins(plugins, pluginFolder);
  await writeFile(config, JSON.stringify({ plugin_directory: pluginFolder, log_level: "debug" }));

  const rootToken = randomBytes(16).toString("hex");
  const process = startProcess(
    binary,
    ["-dev", "-dev-no-store-token", `-config=${config}`, `-dev-listen-address=127.0.0.1:${port}`],
    { cwd: folder.path, env: { [`${binary.prefix}_DEV_ROOT_TOKEN_ID`]: rootToken } },
  );
  const server = serverHandle(
    { binary, address: `http://127.0.0.1:${port}`, rootToken },
    process,
    folder.remove,
  );
  try {
    await ready(server, process);
    for (const plugin of plugins) await registerPlugin(server, plugin);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Waits until the root token works: a dev server answers before its token is made. */
async function ready({ address, rootToken }: Server, process: ServerProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && !process.ended) {
    const answer = await apiRequest(address, rootToken, "GET", "auth/token/lookup-self").catch(
      () => undefined,
    );
    if (answer?.status === 200) return;
    await sleep(50);
  }
  const log = process.logs.slice(-5).join("\n");
  if (log.includes("address already in use")) {
    throw new OpenBaoError("port_in_use", `The port of ${address} is taken.`);
  }
  const what = process.ended
    ? "ended while it started"
    : `was not ready within ${READY_TIMEOUT_MS / 1000} seconds`;
  throw new OpenBaoError("not_started", `The server ${what}. The end of its log:\n${log}`);
}
