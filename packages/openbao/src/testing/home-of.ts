import { dirname } from "node:path";
import type { Server } from "../server.ts";

/** Returns the folder of a server, from its own configuration. */
export async function homeOf(server: Server): Promise<string> {
  const { body } = await server.request("GET", "sys/config/state/sanitized");
  const { plugin_directory } = (body as { data: { plugin_directory: string } }).data;
  return dirname(plugin_directory);
}
