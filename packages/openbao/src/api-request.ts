import { OpenBaoError } from "./openbao-error.ts";

/** Above the 90 seconds after which a server gives a request up. */
const TIMEOUT_MS = 120_000;

export interface ApiAnswer {
  readonly status: number;
  /** Its JSON; the text of one that is none; undefined if it is empty. */
  readonly body: unknown;
}

/**
 * One request of a server's HTTP API. A status of 300, 400 or 500 is an answer as well: no redirect is followed.
 *
 * @param path Below `/v1/`.
 * @param token None if absent.
 * @param body Sent as JSON.
 * @throws OpenBaoError `unreachable` if there is no answer.
 */
export async function apiRequest(
  address: string,
  method: string,
  path: string,
  { body, token }: { readonly body?: unknown; readonly token?: string | undefined } = {},
): Promise<ApiAnswer> {
  try {
    const answer = await fetch(`${address}/v1/${path}`, {
      method,
      redirect: "manual",
      headers: { "x-vault-request": "true", ...(token !== undefined && { "x-vault-token": token }) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: parse(await answer.text()) };
  } catch (cause) {
    throw new OpenBaoError("unreachable", `${address} doesn't answer.`, { cause });
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
