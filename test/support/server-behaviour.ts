import type { Server } from "@vault-ts/openbao";
import { request } from "./mount.ts";

// What servers do differently, of themselves and not because of a plugin. Each is detected with a
// request that no plugin has a part in. A server is judged by what it does, and not by its name.

/** A path of the server itself that takes a string of any length. */
const TAKES_STRING = "sys/tools/hash";

/** What a server answers itself to a string so long: 200 if it leaves it to whom it is for. */
export async function statusForString(server: Server, bytes: number): Promise<number> {
  // In base64, four characters are of three bytes.
  const input = "A".repeat(Math.ceil(bytes / 4) * 4);
  return (await request(server, "PUT", TAKES_STRING, { input })).status;
}

/** What a server answers to a body that isn't JSON, before any plugin sees it. */
export async function statusForBadJson(server: Server): Promise<number> {
  return await putText(server, TAKES_STRING, "{not json");
}

/** Sends a body as it is. @returns the status. */
export async function putText(server: Server, path: string, body: string): Promise<number> {
  const headers = { "x-vault-token": server.rootToken };
  return (await fetch(`${server.address}/v1/${path}`, { method: "PUT", headers, body })).status;
}

/**
 * Whether a server knows the method SCAN, and so has what OpenBao has added to storage: lists of
 * all levels, and transactions. A server that doesn't know it turns it away without a word; else it
 * is the path that has no such operation.
 */
export async function hasScans(server: Server): Promise<boolean> {
  return (await request(server, "SCAN", TAKES_STRING)).errors.length > 0;
}

/**
 * Whether a standby answers reads itself. One that doesn't redirects all requests that it may not
 * forward.
 */
export async function readsOnStandby(standby: Server): Promise<boolean> {
  const headers = { "x-vault-no-request-forwarding": "true" };
  const { status } = await standby.request("GET", "sys/policies/acl/default", undefined, {
    headers,
  });
  return status === 200;
}

/** Whether a server brings its web UI: one that was built without it has a page that says so. */
export async function hasWebUi(server: Server): Promise<boolean> {
  const page = await fetch(`${server.address}/ui/`);
  return page.ok && (await page.text()).includes("<script");
}
