import { randomBytes } from "node:crypto";
import { apiRequest, bytesRequest } from "./api-request.ts";
import type { Instance } from "./instance.ts";
import { OpenBaoError } from "./openbao-error.ts";

const PATH = "sys/storage/raft/snapshot";

/**
 * Returns a snapshot of a node's storage; a standby's copy may lag behind.
 *
 * @throws OpenBaoError `refused`.
 */
export async function takeSnapshot(address: string, token: string): Promise<Uint8Array> {
  const { status, bytes } = await bytesRequest(address, "GET", PATH, { token });
  if (status !== 200) {
    throw new OpenBaoError("refused", `taking a snapshot failed with status ${status}`);
  }
  return bytes;
}

/**
 * Restores a snapshot of a cluster on its active node.
 *
 * @throws OpenBaoError `refused`, also if it isn't the active node, or `not_started` if it isn't
 * done within three minutes.
 */
export async function restoreSnapshot(
  instance: Instance,
  token: string,
  snapshot: Uint8Array,
): Promise<void> {
  const { address } = instance.site;
  // A standby would accept it, and then seal itself.
  if (!(await isActive(address))) {
    throw new OpenBaoError("refused", "only the active node can restore a snapshot");
  }
  const marker = `sys/policies/acl/not-restored-${randomBytes(8).toString("hex")}`;
  const policy = 'path "none" { capabilities = ["deny"] }';
  const marked = await apiRequest(address, "PUT", marker, { token, body: { policy } });
  if (marked.status !== 204) {
    throw new OpenBaoError("refused", `writing a policy failed with status ${marked.status}`);
  }
  const { status } = await apiRequest(address, "POST", PATH, { token, body: snapshot });
  if (status !== 204) {
    throw new OpenBaoError("refused", `restoring the snapshot failed with status ${status}`);
  }
  // It responds before it begins, and delays requests until it is done. Then the policy, which is
  // in no snapshot, is gone.
  await instance.waitUntil(
    async () =>
      (await apiRequest(address, "GET", marker, { token })).status === 404 &&
      (await isActive(address)),
  );
}

async function isActive(address: string): Promise<boolean> {
  const { body } = await apiRequest(address, "GET", "sys/leader");
  return (body as { is_self?: unknown } | undefined)?.is_self === true;
}
