import { EXECUTABLE, released } from "./released.ts";
import type { Sandbox } from "./sandbox.ts";

/** Puts the executable where a server of the sandbox finds it, as `plugin`. */
export async function installExecutable(sandbox: Sandbox): Promise<void> {
  await sandbox.add(released(EXECUTABLE), "opt/openbao/plugins/plugin");
  await sandbox.write("etc/openbao/plugins.hcl", 'plugin_directory = "/opt/openbao/plugins"\n');
}
