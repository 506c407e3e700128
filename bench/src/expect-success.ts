import type { Server } from "@vault-ts/openbao";

/** Sends one request to the server's API. @throws Error if it fails. */
export async function expectSuccess(
  server: Server,
  method: string,
  path: string,
  data?: unknown,
): Promise<unknown> {
  const { status, body } = await server.request(method, path, data);
  if (status >= 300)
    throw new Error(`${method} ${path} failed with status ${status}: ${JSON.stringify(body)}`);
  return body;
}
