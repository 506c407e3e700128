import type { WalEntry } from "@vault-ts/vault-plugin";
import type { CurrentToken } from "./current-token.ts";
import { hasCreated, type PlannedChange } from "./planned-change.ts";

/** What is known of an owner's token when a change of it is reconciled. */
export interface Situation {
  readonly entry: Pick<WalEntry<PlannedChange>, "id" | "data">;
  readonly current: CurrentToken;
  /** Whether a role refers to the token. */
  readonly isReferred: boolean;
  /**
   * Whether what is stored is the outcome of another change that isn't committed: the entry of that
   * one knows its token by it.
   */
  readonly isAnothers: boolean;
}

export type Decision =
  /** All stays: it is as it should be, or another change's to reconcile. */
  | "leave"
  /** A role refers to a token that isn't current: another is created, and stored. */
  | "replace"
  /** What is stored is removed, and what there is at Terraform Cloud stays. */
  | "forget"
  /** The current token is deleted, and what is stored stays. */
  | "delete"
  /** Both: what is stored is removed, and the current token is deleted. */
  | "revoke";

/**
 * What becomes of an owner's token after a change of unknown outcome. P is the token before the
 * change, C the current one at Terraform Cloud, S the stored one.
 *
 *     a role refers to the token   creation           deletion
 *     S = C                        leave              leave
 *     C is none                    replace ¹          replace
 *     S = P, C is another          replace            forget: C is somebody else's
 *     S is another                 replace            leave
 *     S is none                    replace ¹          leave
 *
 *     no role refers to it         creation           deletion
 *     S = C                        revoke             C = P: revoke, else forget
 *     C = P                        forget ²           revoke
 *     C is another                 revoke ³           forget
 *
 * - ¹ C = P and no S: the change came to nothing. Leave.
 * - ² An earlier request of the change may have created P: revoke.
 * - ³ S is the change's outcome, or P may have been there unseen: C is somebody else's. Forget.
 * - No role refers to it, and S is another change's: delete in place of revoke, leave in place of
 *   forget, and for S = C.
 */
export function decide(situation: Situation): Decision {
  const { current, isReferred, isAnothers } = situation;
  if (isReferred) {
    if (isDead(situation)) return "replace";
    return isSuperseded(situation) ? "forget" : "leave";
  }
  if (!isAnothers) return isOrphaned(situation) ? "revoke" : "forget";
  return isOrphaned(situation) && !isStored(current) ? "delete" : "leave";
}

/** What the entry describes once the rollback replaces the current token: a creation. */
export function creationAfter(entry: Situation["entry"], current: CurrentToken): PlannedChange {
  return {
    ...entry.data,
    change: "create",
    previous: current.id,
    is_absence_proven: true,
    is_previous_orphaned: isOrphaned({ entry, current }),
  };
}

function isStored({ id, stored }: CurrentToken): boolean {
  return stored?.token_id === id;
}

/** Whether the token that a role refers to is no longer current, because of the change. */
function isDead({ entry, current }: Situation): boolean {
  const { change, previous } = entry.data;
  if (isStored(current)) return false;
  // A deletion leaves none: one that is there is somebody else's.
  if (change === "delete") return current.id === null;
  return current.stored !== undefined || current.id !== previous;
}

/**
 * Whether a deletion was applied to the token that is stored, and somebody has created another
 * since.
 */
function isSuperseded({ entry, current }: Situation): boolean {
  const { change, previous } = entry.data;
  const isReplaced = current.id !== null && current.id !== previous;
  return change === "delete" && isReplaced && current.stored?.token_id === previous;
}

/** Whether the owner's current token is what the change has created, or was to delete. */
function isOrphaned({ entry, current }: Pick<Situation, "entry" | "current">): boolean {
  const { change, previous, is_absence_proven, is_previous_orphaned } = entry.data;
  if (change === "delete") return current.id === previous;
  // What was stored is known by its id; what wasn't, by not having been there before.
  if (isStored(current)) return true;
  if (current.id === previous) return is_previous_orphaned;
  return !hasCreated(entry, current.stored) && (previous !== null || is_absence_proven);
}
