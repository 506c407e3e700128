import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";
import { type StartedPlugin, startPlugin } from "./start-plugin.ts";

/**
 * Starts plugins whose processes are killed after each test, and whose sockets are removed after
 * all.
 */
export function usePlugins(): (env?: NodeJS.ProcessEnv) => StartedPlugin {
  const folder = mkdtempSync(join(tmpdir(), "serve-"));
  const started: StartedPlugin[] = [];
  afterEach(async () => {
    for (const plugin of started.splice(0)) {
      plugin.process.kill("SIGKILL");
      await plugin.ended;
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return (env = {}) => {
    const plugin = startPlugin({ PLUGIN_UNIX_SOCKET_DIR: folder, ...env });
    started.push(plugin);
    return plugin;
  };
}
