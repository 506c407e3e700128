import { type ApiAnswer, type ApiRequestOptions, apiRequest } from "./api-request.ts";
import { childProcesses } from "./child-processes.ts";
import type { Instance } from "./instance.ts";
import { type CliOutcome, runCli } from "./run-cli.ts";
import type { ServerBinary } from "./server-binary.ts";
import type { EndingSignal } from "./server-process.ts";

/** A running server. */
export interface Server extends AsyncDisposable {
  readonly binary: ServerBinary;
  /** Such as `http://127.0.0.1:8200`. */
  readonly address: string;
  readonly rootToken: string;
  readonly pid: number;
  /** The last 5,000 lines of its log. */
  readonly logs: readonly string[];
  /**
   * Sends one request to the HTTP API, below `/v1/`, with the root token or another, or with none
   * if it is undefined. A status of 300, 400 or 500 is returned as well.
   *
   * @throws OpenBaoError `unreachable` if there is no response.
   */
  request(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiRequestOptions,
  ): Promise<ApiAnswer>;
  /**
   * Runs the real command line, with the address and the token in its environment. A failure is
   * returned.
   */
  cli(
    args: readonly string[],
    options?: { readonly token?: string; readonly stdin?: string },
  ): Promise<CliOutcome>;
  /** The processes of its plugins: a server starts no others. */
  pluginProcesses(): Promise<readonly number[]>;
  /** Sends a signal and waits for the end; for tests of crashes. */
  kill(signal: EndingSignal): Promise<void>;
  /** Stops the server and removes its data. Idempotent. */
  stop(): Promise<void>;
}

/** The handle of a running server. */
export function serverHandle(instance: Instance, rootToken: string): Server {
  const { address, folder, logs, options } = instance.site;
  const { binary } = options;
  return {
    binary,
    address,
    rootToken,
    get pid() {
      return instance.process.pid;
    },
    get logs() {
      return logs.lines;
    },
    request: (method, path, body, options = {}) =>
      apiRequest(address, method, path, { body, token: rootToken, ...options }),
    cli: (args, { token = rootToken, stdin } = {}) =>
      runCli(binary, args, { address, token, home: folder, stdin }),
    pluginProcesses: () => childProcesses(instance.process.pid),
    kill: (signal) => instance.process.kill(signal),
    stop: () => instance.stop(),
    [Symbol.asyncDispose]: () => instance.stop(),
  };
}
