export { deferred } from "./deferred.ts";
export { connectHost, type HostConnection } from "./host-connection.ts";
export { certificateOfLine, type HostSideTls } from "./plugin-connection.ts";
export { type StartedPlugin, startPluginFile } from "./start-plugin.ts";
