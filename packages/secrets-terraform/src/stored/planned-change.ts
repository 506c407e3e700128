import type { WalEntry } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { STORED_OWNER_TYPES } from "../kinds/index.ts";
import type { CurrentToken } from "./current-token.ts";

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

/** Whether the token that a role refers to is no more the owner's current one, by the change. */
export function isDead({ change, previous }: PlannedChange, { id, stored }: CurrentToken): boolean {
  if (stored?.token_id === id) return false;
  // A deletion leaves none: one that is there is somebody else's.
  if (change === "delete") return id === null;
  return stored !== undefined || id !== previous;
}

/**
 * Whether a deletion was applied to the token that is stored, and somebody has created another
 * since.
 */
export function isSuperseded(
  { change, previous }: PlannedChange,
  { id, stored }: CurrentToken,
): boolean {
  return change === "delete" && id !== null && id !== previous && stored?.token_id === previous;
}

/**
 * Whether the owner's current token is what the change has created, or was to delete, and no role
 * refers to.
 */
export function isOrphaned(entry: WalEntry<PlannedChange>, current: CurrentToken): boolean {
  const { change, previous, is_absence_proven, is_previous_orphaned } = entry.data;
  if (change === "delete") return current.id === previous;
  // What was stored is known by its id; what wasn't, by not having been there before.
  if (current.id === current.stored?.token_id) return true;
  if (current.id === previous) return is_previous_orphaned;
  return !isKnown(entry, current) && (previous !== null || is_absence_proven);
}

/**
 * Whether what the change has created is stored, and no other attempt can come late: the process
 * ended just before it was committed.
 */
export function isKnown(
  { id }: WalEntry<PlannedChange>,
  { stored }: Pick<CurrentToken, "stored">,
): boolean {
  return stored?.change === id;
}
