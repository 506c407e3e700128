import { execa } from "execa";
import type { ServerBinary } from "./server-binary.ts";
import { childrenOf, type ServerProcess } from "./server-process.ts";

export interface ApiAnswer {
  readonly status: number;
  /** The JSON of the answer; undefined if it has none. */
  readonly body: unknown;
}

export interface CliOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real server that runs. */
export interface Server extends AsyncDisposable {
  readonly binary: ServerBinary;
  /** Such as `http://127.0.0.1:8200`. */
  readonly address: string;
  readonly rootToken: string;
  readonly pid: number;
  /** The last lines of its log. */
  readonly logs: readonly string[];
  /** One request of the HTTP API, below `/v1/`. A status of 400 or 500 is an answer as well. */
  request(
    method: string,
    path: string,
    body?: unknown,
    options?: { readonly token?: string },
  ): Promise<ApiAnswer>;
  /** The real command line, with the address and the token in its environment. A failure is an outcome as well. */
  cli(
    args: readonly string[],
    options?: { readonly token?: string; readonly stdin?: string },
  ): Promise<CliOutcome>;
  /** The processes of its plugins. Linux only. */
  pluginProcesses(): Promise<readonly number[]>;
  /** Sends a signal and waits for the end; for tests of crashes. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Ends the server and removes what it kept. Idempotent. */
  stop(): Promise<void>;
}

/** The handle of a server that runs in `process`. */
export function serverHandle(
  { binary, address, rootToken }: Pick<Server, "binary" | "address" | "rootToken">,
  process: ServerProcess,
  removeFolder: () => Promise<void>,
): Server {
  const stop = async () => {
    await process.stop();
    await removeFolder();
  };
  return {
    binary,
    address,
    rootToken,
    pid: process.pid,
    get logs() {
      return process.logs;
    },
    request: (method, path, body, { token = rootToken } = {}) =>
      apiRequest(address, token, method, path, body),
    async cli(args, { token = rootToken, stdin } = {}) {
      const env = { [`${binary.prefix}_ADDR`]: address, [`${binary.prefix}_TOKEN`]: token };
      const outcome = await execa(binary.path, args, {
        env,
        reject: false,
        timeout: 120_000,
        input: stdin ?? "",
      });
      return { exitCode: outcome.exitCode ?? -1, stdout: outcome.stdout, stderr: outcome.stderr };
    },
    pluginProcesses: () => childrenOf(process.pid),
    kill: (signal) => process.kill(signal),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export async function apiRequest(
  address: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<ApiAnswer> {
  const answer = await fetch(`${address}/v1/${path}`, {
    method,
    headers: { "x-vault-token": token, "x-vault-request": "true" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}
