import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { rootCertificates } from "node:tls";
import { PluginError } from "../errors.ts";
import { hostVariable } from "./host-variable.ts";

/** The host gives its plugin a minute to start. */
const TIMEOUT_MS = 20_000;
/** A certificate and a key take some two thousand. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Unwraps a token at its server, and returns the body of the response.
 *
 * @throws PluginError `upstream` if the server refuses or can't be reached, `upstream_timeout` if
 * it doesn't answer in time.
 */
export async function requestUnwrapping(
  address: string,
  token: string,
  env: NodeJS.ProcessEnv,
  timeoutMs: number = TIMEOUT_MS,
): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { status, body } = await put(unwrapUrl(address), token, env, signal);
    if (status === 200) return body;
    throw new PluginError(
      "upstream",
      `${address} responded to the unwrap token with HTTP status ${status}`,
    );
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    if (signal.aborted)
      throw new PluginError(
        "upstream_timeout",
        `${address} didn't unwrap the plugin's certificate within ${timeoutMs} ms`,
        {
          cause,
        },
      );
    const what = `${address} can't be reached to unwrap the plugin's certificate`;
    throw new PluginError("upstream", `${what}: ${reasonOf(cause)}`, { cause });
  }
}

/** If all of several addresses failed, Node has only a code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ("code" in error ? String(error.code) : error.name);
}

function unwrapUrl(address: string): URL {
  return new URL("v1/sys/wrapping/unwrap", address.endsWith("/") ? address : `${address}/`);
}

function put(
  url: URL,
  token: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const headers = { "x-vault-token": token, "x-vault-request": "true", "content-length": "0" };
  const common = { method: "PUT", headers, signal };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === "https:"
        ? requestHttps(url, { ...common, ca: authorities(env), rejectUnauthorized: true })
        : requestHttp(url, common);
    request.once("error", reject);
    request.once("response", (response) => {
      readText(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    request.end();
  });
}

/** Those that Node knows, and those that the server's operator has named in a file. */
function authorities(env: NodeJS.ProcessEnv): string[] {
  const files = [hostVariable(env, "CACERT"), env["PLUGIN_EXTRA_CA_CERTS"]];
  return [
    ...rootCertificates,
    ...files.flatMap((file) => (file ? [readFileSync(file, "utf8")] : [])),
  ];
}

async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new PluginError(
        "upstream",
        `the response to the unwrap token is larger than ${MAX_ANSWER_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
