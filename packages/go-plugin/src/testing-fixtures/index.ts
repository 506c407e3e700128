export { connectHost, type HostConnection } from "./host-connection.ts";
export type { HostSideTls } from "./plugin-connection.ts";
export { type StartedPlugin, startPluginFile } from "./start-plugin.ts";
