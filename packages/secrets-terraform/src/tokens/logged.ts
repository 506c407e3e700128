import { TerraformCloudError } from "@vault-ts/terraform-cloud";
import type { Mount, TypedWal } from "@vault-ts/vault-plugin";

/**
 * Seconds that a server gives a request at most, and that a call of Terraform Cloud can last with its waiting: after them, what a request has begun will not
 * be ended by itself.
 */
export const LONGEST_REQUEST = 90;

/** Runs an operation with an entry in the log until it is done, or refused. What fails without a word of what became of it stays there. */
export async function logged<D, T>(
  mount: Mount,
  wal: TypedWal<D>,
  data: D,
  operation: () => Promise<T>,
): Promise<T> {
  const id = await wal.put(mount, data);
  try {
    const result = await operation();
    await wal.delete(mount, id);
    return result;
  } catch (error) {
    if (error instanceof TerraformCloudError && error.isRefusal) await wal.delete(mount, id);
    throw error;
  }
}
