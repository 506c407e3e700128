import { createHash } from "node:crypto";
import { chmod, copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { OpenBaoError } from "./openbao-error.ts";

/** A plugin to register with a server. */
export interface PluginFile {
  /** The name under which it is enabled. */
  readonly name: string;
  /** The type of the plugin; a secrets engine if absent. */
  readonly type?: "secret" | "auth";
  /** One executable file. */
  readonly file: string;
  /**
   * A semantic version such as `v1.2.3`. Several versions of one name may be registered; the server
   * asks the plugin if absent.
   */
  readonly version?: string;
  /** Variables of its processes, in addition to those of the server. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A plugin in a server's plugin folder. */
export interface InstalledPlugin extends PluginFile {
  /** The name of the file there. */
  readonly command: string;
  readonly sha256: string;
}

/**
 * Copies a plugin to a server's plugin folder: a server follows no link out of it.
 *
 * @throws OpenBaoError `no_plugin` if it doesn't exist.
 */
export async function installPlugin(plugin: PluginFile, folder: string): Promise<InstalledPlugin> {
  const { name, file, version } = plugin;
  const command = version === undefined ? name : `${name}-${version}`;
  const copy = join(folder, command);
  await copyFile(file, copy).catch((cause: unknown) => {
    throw new OpenBaoError(
      "no_plugin",
      `reading the plugin ${name} from ${file} failed; build it first`,
      {
        cause,
      },
    );
  });
  await chmod(copy, 0o755);
  const sha256 = createHash("sha256")
    .update(await readFile(copy))
    .digest("hex");
  return { ...plugin, command, sha256 };
}
