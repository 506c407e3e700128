import { OpenBaoError } from "./openbao-error.ts";

/** Above the 90 seconds after which a server gives up a request. */
const TIMEOUT_MS = 120_000;

export interface ApiAnswer {
  readonly status: number;
  /** The parsed JSON; a string if it isn't JSON; undefined if it is empty. */
  readonly body: unknown;
  readonly headers: Headers;
}

export interface ApiRequestOptions {
  /** None if absent. */
  readonly token?: string | undefined;
  /** In addition to those of each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of a request: bytes are sent unchanged, other values as JSON. */
type RequestOptions = ApiRequestOptions & { readonly body?: unknown };

/**
 * Sends one request to a server's HTTP API. A status of 300, 400 or 500 is returned as well: no
 * redirect is followed.
 *
 * @param path Below `/v1/`.
 * @throws OpenBaoError `unreachable` if there is no response.
 */
export async function apiRequest(
  address: string,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<ApiAnswer> {
  const { status, bytes, headers } = await bytesRequest(address, method, path, options);
  return { status, body: parse(new TextDecoder().decode(bytes)), headers };
}

export interface BytesAnswer extends Omit<ApiAnswer, "body"> {
  readonly bytes: Uint8Array;
}

/** As `apiRequest`, with the raw response: for content that isn't JSON. */
export async function bytesRequest(
  address: string,
  method: string,
  path: string,
  { body, token, headers }: RequestOptions = {},
): Promise<BytesAnswer> {
  try {
    const answer = await fetch(`${address}/v1/${path}`, {
      method,
      redirect: "manual",
      headers: {
        "x-vault-request": "true",
        ...(token !== undefined && { "x-vault-token": token }),
        ...headers,
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      bytes: new Uint8Array(await answer.arrayBuffer()),
      headers: answer.headers,
    };
  } catch (cause) {
    throw new OpenBaoError("unreachable", `the server at ${address} didn't respond`, { cause });
  }
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
