export { type DevServerOptions, startDevServer } from "./dev-server.ts";
export { type FindOptions, findServer } from "./find-server.ts";
export { OpenBaoError, type OpenBaoErrorCode } from "./openbao-error.ts";
export type { PluginFile } from "./register-plugin.ts";
export { runCommand } from "./run-command.ts";
export type { ApiAnswer, CliOutcome, Server } from "./server.ts";
export type { ServerBinary } from "./server-binary.ts";
