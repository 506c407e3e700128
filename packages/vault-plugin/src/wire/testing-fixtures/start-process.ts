import { rm } from "node:fs/promises";
import {
  certificateOfLine,
  connectHost,
  type HostSideTls,
  type StartedPlugin,
  startPluginFile,
} from "@vault-ts/go-plugin/testing";
import type { RequestLease } from "../../request.ts";
import type { Storage } from "../../storage.ts";
import { mountCalls } from "./mount-calls.ts";
import { mountServices } from "./mount-services.ts";

/** A plugin's file that runs as a process, with one mount whose storage is in this one. */
export interface PluginProcess {
  readonly pid: number;
  /** One request of the host. @throws Error once the process is dead. */
  ask(operation: string, path: string, data?: unknown, lease?: RequestLease): Promise<unknown>;
  /** A create or an update, by the path's existence check, as a host sends a write. */
  write(path: string, data: unknown): Promise<unknown>;
  /** SIGKILL. @returns when it is dead, and the socket that it leaves is removed. */
  kill(): Promise<void>;
}

export interface ProcessOptions {
  /** Variables of the process, in addition to those of this one. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** True if nobody else writes to the storage. */
  readonly mayCache?: boolean;
}

/** @param host The certificate and the key that the host shows. */
export async function startProcess(
  file: string,
  host: Exclude<HostSideTls["host"], undefined>,
  storage: Storage,
  { env, mayCache = false }: ProcessOptions = {},
): Promise<PluginProcess> {
  const plugin: StartedPlugin = startPluginFile(file, [], {
    VAULT_BACKEND_PLUGIN: "6669da05-b1c8-4f49-97d9-c8e5bed98e20",
    PLUGIN_PROTOCOL_VERSIONS: "5",
    VAULT_PLUGIN_AUTOMTLS_ENABLED: "true",
    PLUGIN_CLIENT_CERT: host.certificate,
    ...env,
  });
  const [, , , path = "", , announced = ""] = await plugin.line;
  const connection = await connectHost(path, { host, plugin: certificateOfLine(announced) });
  await connection.serve(1, mountServices(storage, 1, !mayCache));
  const mount = mountCalls(connection, "one");
  await mount.setup(1, "11111111-2222-3333-4444-555555555555");
  await mount.call("initialize", {});
  const { pid } = plugin.process;
  if (pid === undefined) throw new Error(`${file} can't be run`);
  return {
    pid,
    ask: (operation, below, data, lease) => mount.ask(operation, below, data, lease),
    async write(path, data) {
      const { checkFound, exists } = await mount.exists(path);
      return await mount.ask(checkFound && !exists ? "create" : "update", path, data);
    },
    async kill() {
      plugin.process.kill("SIGKILL");
      await plugin.ended;
      await connection[Symbol.asyncDispose]();
      await rm(path);
    },
  };
}
