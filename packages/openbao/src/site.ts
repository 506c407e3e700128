import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOST } from "./free-port.ts";
import { type InstalledPlugin, installPlugin, type PluginFile } from "./install-plugin.ts";
import { LogBuffer } from "./log-buffer.ts";
import type { ServerBinary } from "./server-binary.ts";

export interface ServerOptions {
  readonly binary: ServerBinary;
  /** Registered under their names. */
  readonly plugins: readonly PluginFile[];
  /** Of the loopback interface; a free one if absent. */
  readonly port?: number;
  /** `debug` if absent. */
  readonly logLevel?: "trace" | "debug" | "info" | "warn" | "error";
  /** Variables for the server and its plugins, in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of the server's log. */
  readonly onLog?: (line: string) => void;
}

/** The folder and the plugins of one server. */
export interface Site {
  readonly options: ServerOptions;
  readonly port: number;
  /** Such as `http://127.0.0.1:8200`. */
  readonly address: string;
  /** A temporary folder that only this user may enter; the server's home. */
  readonly folder: string;
  readonly pluginFolder: string;
  readonly plugins: readonly InstalledPlugin[];
  readonly logs: LogBuffer;
}

/** Creates the folder with the plugins. @throws OpenBaoError `no_plugin`. */
export async function newSite(options: ServerOptions, port: number): Promise<Site> {
  // Without links, as a server resolves them in its plugin folder: the temporary folder of macOS is
  // one.
  const folder = await mkdtemp(join(await realpath(tmpdir()), "openbao-"));
  const pluginFolder = join(folder, "plugins");
  try {
    // A server requires its plugin folder even if it is empty.
    await mkdir(pluginFolder);
    const plugins = await Promise.all(
      options.plugins.map((plugin) => installPlugin(plugin, pluginFolder)),
    );
    const address = `http://${HOST}:${port}`;
    return {
      options,
      port,
      address,
      folder,
      pluginFolder,
      plugins,
      logs: new LogBuffer(options.onLog),
    };
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

/** Removes a folder with its contents, if it exists. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
