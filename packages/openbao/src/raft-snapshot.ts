import { apiRequest, bytesRequest } from "./api-request.ts";
import type { Instance } from "./instance.ts";
import { OpenBaoError } from "./openbao-error.ts";

const PATH = "sys/storage/raft/snapshot";

/** All that a node stores; a standby's copy may lag behind. @throws OpenBaoError `refused`. */
export async function takeSnapshot(address: string, token: string): Promise<Uint8Array> {
  const { status, bytes } = await bytesRequest(address, "GET", PATH, { token });
  if (status !== 200) {
    throw new OpenBaoError("refused", `The server answered ${status} when it was asked for a snapshot.`);
  }
  return bytes;
}

/**
 * Has the active node of a cluster bring back what a snapshot of this cluster holds.
 *
 * @throws OpenBaoError `refused`, also if it isn't the active node, or `not_started` if it isn't done within three minutes.
 */
export async function restoreSnapshot(
  instance: Instance,
  token: string,
  snapshot: Uint8Array,
): Promise<void> {
  const { address } = instance.site;
  const before = await activeSince(address);
  // A standby would take it, and seal itself when it finds that it can't.
  if (Number.isNaN(before)) {
    throw new OpenBaoError("refused", "A snapshot is restored by the active node alone.");
  }
  const { status } = await apiRequest(address, "POST", PATH, { token, body: snapshot });
  if (status !== 204) {
    throw new OpenBaoError("refused", `The server answered ${status} when it was to restore a snapshot.`);
  }
  // It answers before it begins. Then it starts anew, and has requests wait until it is done.
  await instance.waitUntil(async () => (await activeSince(address)) > before);
}

/** Since when a node is active, in milliseconds since 1970; not a number while it isn't. */
async function activeSince(address: string): Promise<number> {
  const { body } = await apiRequest(address, "GET", "sys/leader");
  const { is_self: isActive, active_time: since } = (body ?? {}) as Leader;
  return isActive === true && typeof since === "string" ? Date.parse(since) : Number.NaN;
}

/** What a node tells, if it is active. */
interface Leader {
  readonly is_self?: unknown;
  readonly active_time?: unknown;
}
