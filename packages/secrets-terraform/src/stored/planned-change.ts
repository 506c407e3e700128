import type { Mount, TypedWal, WalEntry } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { STORED_OWNER_TYPES } from "../kinds/index.ts";
import type { StoredToken } from "./stored-token.ts";

/** A token that is about to be replaced, or deleted. */
export const plannedChange = v.object({
  type: v.picklist(STORED_OWNER_TYPES),
  id: v.string(),
  /** Version 0.1.0 doesn't say: whatever it was, a token may have been created. */
  change: v.optional(v.picklist(["create", "delete"]), "create"),
  /**
   * The id of the token that the owner had before, null for none: whether another is there tells
   * whether the change was applied.
   */
  previous: v.nullable(v.string()),
  /**
   * Whether it certainly had none. A token that the mount's own can't see may be anybody's. Older
   * versions didn't ask.
   */
  is_absence_proven: v.optional(v.boolean(), true),
  /** Where that is; older versions kept none. */
  address: v.optional(v.string(), ""),
  /**
   * The rest of the connection that a token is created over: the token is sent over no other. Older
   * versions kept none.
   */
  base_path: v.optional(v.string(), ""),
  ca_cert: v.optional(v.string(), ""),
  /** Whether the rollback has begun to replace the token, and nobody has noted the outcome. */
  is_retried: v.optional(v.boolean(), false),
  /**
   * Whether `previous` is what an earlier request of this change may have created: an orphan where
   * no role refers to it. Only the rollback begins with such a token.
   */
  is_previous_orphaned: v.optional(v.boolean(), false),
});

export type PlannedChange = v.InferOutput<typeof plannedChange>;

/**
 * Whether what is stored was created for the change: by its request, or by the rollback. Older
 * versions didn't note the latter.
 */
export function wasCreatedFor(
  { id }: Pick<WalEntry<PlannedChange>, "id">,
  { created_by, change }: StoredToken,
): boolean {
  return (created_by || change) === id;
}

/**
 * Whether what is stored was created by the change, with no other attempt that can come late: the
 * process ended just before it was committed.
 */
export function hasCreated(
  { id }: Pick<WalEntry<PlannedChange>, "id">,
  stored: StoredToken | undefined,
): boolean {
  return stored?.change === id;
}

/**
 * A stored token that wasn't created where the mount calls now is about to be overwritten, or
 * removed. If the change that created it isn't committed, its entry keeps the token's id, and is
 * from now on that of a deletion: other tokens of the owner are none of its own.
 */
export async function leaveChangeOf(
  mount: Pick<Mount, "storage">,
  wal: Pick<TypedWal<PlannedChange>, "update">,
  stored: StoredToken | undefined,
): Promise<void> {
  if (!stored || stored.change === "") return;
  const { token_id: previous } = stored;
  await wal.update(mount, stored.change, (data) => ({ ...data, change: "delete", previous }));
}
