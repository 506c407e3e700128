import { readFile } from "node:fs/promises";
import { createTransport } from "@vault-ts/terraform-cloud";

const TIMEOUT_MS = 15_000;

export interface ServerAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What the server says is wrong, on one line; empty if it says nothing. */
  readonly errors: string;
}

/** The HTTP API of the server that the environment names. */
export interface ServerApi {
  /** Without a path or anything secret. */
  readonly origin: string;
  readonly hasToken: boolean;
  /**
   * @param path Below `/v1/`.
   * @param withinMs How long the answer may take; as the server's other answers if absent.
   * @throws whatever the connection failed with.
   */
  get(path: string, withinMs?: number): Promise<ServerAnswer>;
}

/** The variable as OpenBao's command line has it, or else as Vault's. */
export function serverVariable(env: NodeJS.ProcessEnv, name: string): string {
  return env[`BAO_${name}`] || env[`VAULT_${name}`] || "";
}

/**
 * The server of `BAO_ADDR` and `BAO_TOKEN`, or `VAULT_`; undefined if they name none.
 *
 * @param timeoutMs How long an answer may take.
 * @throws if the address is no URL, or the file of `BAO_CACERT` can't be read.
 */
export async function serverOf(
  env: NodeJS.ProcessEnv,
  timeoutMs = TIMEOUT_MS,
): Promise<ServerApi | undefined> {
  const address = serverVariable(env, "ADDR");
  if (address === "") return undefined;
  const { origin } = new URL(address);
  const authority = serverVariable(env, "CACERT");
  const caCert = authority === "" ? undefined : await readFile(authority, "utf8");
  const token = serverVariable(env, "TOKEN");
  const namespace = serverVariable(env, "NAMESPACE");
  const send = createTransport(origin, { caCert, env, requestTimeoutMs: timeoutMs });
  const headers = {
    "x-vault-request": "true",
    ...(token !== "" && { "x-vault-token": token }),
    ...(namespace !== "" && { "x-vault-namespace": namespace }),
  };
  return {
    origin,
    hasToken: token !== "",
    async get(path, withinMs = timeoutMs) {
      const signal = AbortSignal.timeout(withinMs);
      const sent = send({ method: "GET", path: `/v1/${path}`, headers, signal });
      const { status, text } = await sent.catch((error: unknown) => {
        throw signal.aborted ? new Error(`no response within ${withinMs / 1000}s`) : error;
      });
      const body = parse(text);
      return { status, body, errors: errorsOf(body) };
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorsOf(body: unknown): string {
  const errors = (body as { errors?: unknown } | undefined)?.errors;
  return Array.isArray(errors) ? errors.map(String).join("; ") : "";
}
