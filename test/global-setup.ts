import { buildPlugin } from "@vault-ts/dev";
import { findServer } from "@vault-ts/openbao";

/** Once for all scenarios: the plugin is built and the server is there. */
export default async function setup(): Promise<void> {
  await buildPlugin();
  await findServer();
}
