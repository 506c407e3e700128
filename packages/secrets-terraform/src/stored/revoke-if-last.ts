import type { Mount, TypedWal } from "@vault-ts/vault-plugin";
import { type RequestCaller, requireCaller } from "../caller.ts";
import { named, ownerKey, type StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import { readImportedToken } from "../role/role-entry.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { type CurrentToken, readCurrentToken, seesOwner } from "./current-token.ts";
import { deleteToken } from "./delete-token.ts";
import type { Doubts } from "./doubts.ts";
import { type Finishing, NOTHING_LEFT } from "./finishing.ts";
import { isTokenKnown, locate } from "./locate.ts";
import { leaveChangeOf, type PlannedChange } from "./planned-change.ts";
import { endChangeOf, readStoredTokenIfValid, removeStoredToken } from "./stored-token.ts";
import type { TokenChanges } from "./token-changes.ts";

/** What a revocation needs of the mount. */
export interface Revoking {
  readonly mount: Mount;
  readonly terraform: Terraform;
  readonly index: OwnerIndex;
  readonly changes: TokenChanges;
  readonly doubts: Doubts;
  readonly wal: TypedWal<PlannedChange>;
}

/**
 * Deletes the owner's token if no other role refers to it: at Terraform Cloud, if it is the
 * owner's current one, and here. The owner's lock is the caller's, who commits when the role is
 * gone.
 *
 * @param name The role that is about to go.
 */
export async function revokeIfLast(
  revoking: Revoking,
  owner: StoredOwner,
  name: string,
  caller: RequestCaller,
): Promise<Finishing> {
  const { mount, terraform, index } = revoking;
  const { storage } = mount;
  const isLast = [...(await index.rolesOf(owner))].every((other) => other === name);
  if (!(await terraform.config())) {
    if (!isLast) {
      const isImported = (await readImportedToken(storage, name)) !== undefined;
      return { ...NOTHING_LEFT, warnings: isImported ? [isForgotten(owner, name)] : [] };
    }
    const warnings = (await isTokenKnown(mount.storage, index, owner))
      ? [remains(owner, "this mount has no token to delete it with")]
      : [];
    await forgetElsewhere(revoking, owner);
    return { ...NOTHING_LEFT, warnings };
  }
  const open = await terraform.open(caller);
  // Also where others refer to it: it may be in the entry of the role that goes.
  const located = await locate(mount, index, owner, terraform, open, caller);
  if (!isLast) return NOTHING_LEFT;
  if (located.status === "here") return await revoke(revoking, open, owner, caller);
  await forgetElsewhere(revoking, owner);
  if (located.status === "none") return NOTHING_LEFT;
  const why =
    located.status === "unreadable"
      ? "its stored entry can't be read, so that its ID isn't known"
      : `it was created at ${located.address}, and this mount uses ${open.config.address}`;
  return { ...NOTHING_LEFT, warnings: [remains(owner, why)] };
}

/** Removes what is stored of a token that the mount can't delete now. */
async function forgetElsewhere({ mount, wal }: Revoking, owner: StoredOwner): Promise<void> {
  await leaveChangeOf(mount, wal, await readStoredTokenIfValid(mount, owner));
  await removeStoredToken(mount.storage, owner);
}

/** WAL entry → call → storage; the commit is the caller's. */
async function revoke(
  { mount, terraform, index, changes, doubts, wal }: Revoking,
  open: OpenTerraform,
  owner: StoredOwner,
  caller: RequestCaller,
): Promise<Finishing> {
  const { storage } = mount;
  const { client, config } = open;
  const current = await readCurrentToken(mount, terraform, open, owner);
  const kept = whyKept(owner, current);
  if (kept !== undefined || current.id === null) {
    const isGone =
      current.id === null && (await seesOwner(terraform, index, open, owner, current.stored));
    await removeStoredToken(storage, owner);
    await endChangeOf(mount, wal, current.stored);
    return { ...NOTHING_LEFT, warnings: kept ?? (isGone ? [] : [mayRemain(owner)]) };
  }
  requireCaller(caller);
  const entry = await wal.begin(mount, {
    ...owner,
    change: "delete",
    previous: current.id,
    is_absence_proven: false,
    address: config.address,
    base_path: config.base_path,
    ca_cert: config.ca_cert,
    is_retried: false,
    is_previous_orphaned: false,
  });
  try {
    using _change = changes.begin(ownerKey(owner));
    const outcome = await deleteToken(client, owner, current.id);
    if (outcome.status === "not applied") await entry.commit();
    if (outcome.status === "unknown") doubts.note(owner);
    if (outcome.status !== "applied") throw outcome.error;
    await removeStoredToken(storage, owner);
    await endChangeOf(mount, wal, current.stored);
    return { ...entry, warnings: [] };
  } catch (error) {
    entry[Symbol.dispose]();
    throw error;
  }
}

/**
 * Why the owner's token isn't deleted at Terraform Cloud, as warnings; undefined if it is to be, or
 * is gone.
 */
function whyKept(
  owner: StoredOwner,
  { id, stored, isOwn }: CurrentToken,
): readonly string[] | undefined {
  if (id === null) return undefined;
  if (id !== stored?.token_id)
    return [remains(owner, `its current token "${id}" isn't the one that this mount stores`)];
  return isOwn === "no" ? undefined : [remains(owner, "it is the token in this mount's config")];
}

/** An owner that isn't seen may be gone, too: its role can be deleted all the same. */
function mayRemain(owner: StoredOwner): string {
  return `the token of ${named(owner)} may remain valid at Terraform Cloud: this mount's token lacks permission to see it`;
}

/** Which of the tokens in an owner's roles works, only Terraform Cloud can say. */
function isForgotten(owner: StoredOwner, name: string): string {
  return `the imported token of role "${name}" is no longer stored; it may be the current one of ${named(owner)}: this mount has no token to verify it with`;
}

function remains(owner: StoredOwner, why: string): string {
  return `the token of ${named(owner)} remains valid at Terraform Cloud: ${why}`;
}
