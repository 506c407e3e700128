import { buildPlugin, installGoPlugin } from "@vault-ts/dev";
import { findServer } from "@vault-ts/openbao";

/**
 * Once for all scenarios: the plugin is built, and the server is there; HashiCorp's plugin too,
 * where it can be had.
 */
export default async function setup(): Promise<void> {
  await buildPlugin();
  await findServer();
  if (!(await installGoPlugin())) {
    process.stderr.write("HashiCorp's plugin can't be built here: its recording stands for it.\n");
  }
}
