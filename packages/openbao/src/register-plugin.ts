import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { OpenBaoError } from "./openbao-error.ts";
import type { Server } from "./server.ts";

/** A plugin to register with a server. */
export interface PluginFile {
  /** The name under which it is enabled. */
  readonly name: string;
  /** One executable file. */
  readonly file: string;
}

/** Copies the plugins to where a server looks for them: a server follows no links out of its folder. */
export async function copyPlugins(plugins: readonly PluginFile[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const { file } of plugins) {
    const copy = join(folder, basename(file));
    await copyFile(file, copy);
    await chmod(copy, 0o755);
  }
}

/** Registers a secrets engine as an operator does: by its command and its SHA-256. @throws OpenBaoError `refused`. */
export async function registerPlugin(server: Server, { name, file }: PluginFile): Promise<void> {
  const sha256 = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  const { status, body } = await server.request("PUT", `sys/plugins/catalog/secret/${name}`, {
    sha256,
    command: basename(file),
  });
  if (status >= 300) {
    throw new OpenBaoError("refused", `The server doesn't take the plugin ${name}: ${JSON.stringify(body)}`);
  }
}
