import type { InstalledPlugin } from "./install-plugin.ts";
import { OpenBaoError } from "./openbao-error.ts";
import type { Server } from "./server.ts";

/**
 * Registers a plugin as an operator does: by its command and its SHA-256.
 *
 * @throws OpenBaoError `refused`.
 */
export async function registerPlugin(server: Server, plugin: InstalledPlugin): Promise<void> {
  const { name, type = "secret", command, sha256, version, env = {} } = plugin;
  const { status, body } = await server.request("POST", `sys/plugins/catalog/${type}/${name}`, {
    command,
    sha256,
    version,
    env: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
  });
  if (status >= 300) {
    throw new OpenBaoError(
      "refused",
      `registering the plugin ${name} failed: ${JSON.stringify(body)}`,
    );
  }
}
