import { closeSync, writeSync } from "node:fs";

/**
 * Notifies the launcher of a bundle that it can stop watching this process: the plugin is up, or
 * has reported its failure. A line on the pipe of `PLUGIN_LAUNCHER_FD` does this; when the process
 * ends without one, the launcher reports that it failed to start. Nothing happens where there is no
 * launcher, or none that watches.
 */
export function dismissLauncher(env: NodeJS.ProcessEnv): void {
  const descriptor = Number(env["PLUGIN_LAUNCHER_FD"]);
  if (!descriptor) return;
  delete env["PLUGIN_LAUNCHER_FD"];
  try {
    writeSync(descriptor, "\n");
    closeSync(descriptor);
  } catch {
    // The launcher's shell has been killed, which is no reason not to serve.
  }
}
