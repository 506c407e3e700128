import { PluginError } from "./errors.ts";
import type { Mount } from "./mount.ts";

/**
 * Throws on a standby, so that the host forwards the request to its cluster's active node. Call it
 * before a read does anything that must not be done twice, such as issuing a lease.
 *
 * @throws PluginError `read_only`.
 */
export async function requireActiveNode({ system }: Pick<Mount, "system">): Promise<void> {
  if (await system.isStandby()) {
    throw new PluginError(
      "read_only",
      "this node is a standby; send the request to the active node",
    );
  }
}

/**
 * Whether this node may write the mount's replicated storage, as `WriteSafeReplicationState` of
 * Vault's framework has it: not a standby, nor a node of a secondary cluster. A performance
 * secondary may write a local mount's. All else that it may write is local storage.
 */
export async function isWriteSafe({ system }: Pick<Mount, "system">): Promise<boolean> {
  const { standby, performance, disasterRecovery } = await system.replicationState();
  if (standby || disasterRecovery === "secondary") return false;
  return performance !== "secondary" || (await system.isLocalMount());
}

/**
 * Throws where the mount's replicated storage can't be written, so that the host forwards the
 * request to the node that can: see `isWriteSafe`. Call it before a read changes a remote system
 * and stores the result.
 *
 * @throws PluginError `read_only`.
 */
export async function requireWriteSafe(mount: Pick<Mount, "system">): Promise<void> {
  if (!(await isWriteSafe(mount))) {
    throw new PluginError(
      "read_only",
      "this node can't write replicated storage; send the request to the primary's active node",
    );
  }
}
