import { closeSync, writeSync } from "node:fs";

/**
 * Tells the launcher of a bundle that it needs to watch this process no longer: the plugin is up, or has said itself why it isn't. A line on
 * the pipe that `PLUGIN_LAUNCHER_FD` names says so; when the process ends without one, the launcher says that it failed to start. Nothing
 * happens where there is no launcher, or none that watches.
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
