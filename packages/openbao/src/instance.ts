import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onPort } from "./free-port.ts";
import { OpenBaoError } from "./openbao-error.ts";
import { hasWritten, waitUntil } from "./readiness.ts";
import { type ServerProcess, startProcess } from "./server-process.ts";
import { newSite, removeFolder, type ServerOptions, type Site } from "./site.ts";

/** How a mode runs the server. */
export interface Run {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Part of the configuration file, in addition to that of all modes. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A running server, at its site. */
export interface Instance {
  readonly site: Site;
  /** The current process. */
  readonly process: ServerProcess;
  /** Waits for the server. @throws OpenBaoError `not_started`. */
  waitUntil(probe: () => Promise<boolean>): Promise<void>;
  /** Stops the process, and starts another in the same way. @throws OpenBaoError `not_started`. */
  restart(): Promise<void>;
  /** Stops the process and removes the folder. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a server on a port and prepares it. Nothing remains of one that fails.
 *
 * @param describe Says how it is run.
 * @param begin Gets the instance once it listens.
 * @throws OpenBaoError `port_in_use`, `no_plugin` or `not_started`, and whatever `begin` throws.
 */
export async function launch<T>(
  options: ServerOptions,
  describe: (site: Site) => Run | Promise<Run>,
  begin: (instance: Instance) => Promise<T>,
): Promise<T> {
  return await onPort(options.port, async (port) => {
    const site = await newSite(options, port);
    try {
      const instance = await startInstance(site, await describe(site));
      return await begin(instance).catch(async (error: unknown) => {
        await instance.stop();
        throw error;
      });
    } catch (error) {
      await removeFolder(site.folder);
      throw error;
    }
  });
}

async function startInstance(site: Site, run: Run): Promise<Instance> {
  let process = await startListening(site, run);
  let stopped = false;
  return {
    site,
    get process() {
      return process;
    },
    waitUntil: (probe) => waitUntil({ ...site, process }, probe),
    async restart() {
      if (stopped)
        throw new OpenBaoError("not_started", "the server was stopped, and its data was removed");
      await process.stop();
      process = await startListening(site, run);
    },
    async stop() {
      stopped = true;
      await process.stop();
      await removeFolder(site.folder);
    },
  };
}

/** Starts the process, and waits until it listens on the port itself. */
async function startListening(site: Site, { args, env, settings }: Run): Promise<ServerProcess> {
  const { options, folder, pluginFolder, logs } = site;
  const config = join(folder, "config.json");
  const pidFile = join(folder, "pid");
  const general = {
    plugin_directory: pluginFolder,
    pid_file: pidFile,
    log_level: options.logLevel ?? "debug",
    // Lets a test enable an audit device; Vault always allows it, and has no such setting.
    unsafe_allow_api_audit_creation: true,
  };
  await writeFile(config, JSON.stringify({ ...general, ...settings }));
  // A killed process leaves its file behind.
  await rm(pidFile, { force: true });
  const process = startProcess(options.binary, [...args, `-config=${config}`], {
    folder,
    env: { ...options.env, ...env },
    logs,
  });
  try {
    await waitUntil({ ...site, process }, () => hasWritten(pidFile, process));
    return process;
  } catch (error) {
    await process.stop();
    throw error;
  }
}
