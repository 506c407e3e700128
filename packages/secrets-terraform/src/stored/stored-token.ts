import {
  type EntryType,
  entryType,
  type Mount,
  orCorruptEntry,
  PluginError,
  type Redacted,
  redacted,
  type Storage,
  type TypedWal,
  WAL_PREFIX,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { isSameAddress } from "../config/connection.ts";
import { removeDrift } from "../diagnostics/drift-entry.ts";
import { named, ownerKey, type StoredOwner } from "../owner.ts";
import { encodeSchedule, type Schedule, storedSchedule } from "../rotation/schedule.ts";

export interface StoredToken {
  readonly token: Redacted;
  readonly token_id: string;
  /** When it expires at Terraform Cloud, ISO 8601; empty where that isn't known. */
  readonly expired_at: string;
  /** When it was created at Terraform Cloud, ISO 8601; empty where that isn't known. */
  readonly created_at: string;
  /** The owner's organization; absent or empty where that isn't certain. */
  readonly organization?: string | undefined;
  /** Where it was created; empty where that isn't known. */
  readonly address: string;
  /**
   * The id of the WAL entry whose outcome it is; empty where that isn't known, or another outcome
   * may still come.
   */
  readonly change: string;
  /**
   * The id of the WAL entry for which it was created, by a request or by the rollback; empty where
   * that isn't known.
   */
  readonly created_by: string;
  /** When it was created or rotated, RFC 3339 with nanoseconds; empty where that isn't known. */
  readonly last_vault_rotation: string;
  /**
   * The schedules of the owner's roles, each once: the earliest rotation that one of them asks for
   * counts.
   */
  readonly schedules: readonly Schedule[];
  /** Why the rotation that is due has failed; empty if it hasn't. */
  readonly rotation_error: string;
}

/** What is not known of a token that wasn't created here. */
export const UNKNOWN_ROTATION = {
  change: "",
  created_by: "",
  last_vault_rotation: "",
  schedules: [],
  rotation_error: "",
} as const;

/** Seal-wrapped, as all that holds a token. */
export const STORED_TOKEN_PREFIX = "token/";

const entry: EntryType<StoredToken> = entryType(
  v.object({
    token: redacted(v.string()),
    token_id: v.string(),
    expired_at: v.optional(v.string(), ""),
    created_at: v.optional(v.string(), ""),
    organization: v.optional(v.string()),
    address: v.optional(v.string(), ""),
    change: v.optional(v.string(), ""),
    created_by: v.optional(v.string(), ""),
    last_vault_rotation: v.optional(v.string(), ""),
    schedules: v.optional(v.array(v.object(storedSchedule)), []),
    rotation_error: v.optional(v.string(), ""),
  }),
  (stored) => ({ ...stored, schedules: stored.schedules.map(encodeSchedule) }),
);

const keyOf = (owner: StoredOwner) => `${STORED_TOKEN_PREFIX}${ownerKey(owner)}`;

/** Where version 0.1.0 stored it: by the name of an organization in the spelling of the role. */
const spelledKeyOf = ({ type, id }: StoredOwner) => `${STORED_TOKEN_PREFIX}${type}/${id}`;

/** @throws PluginError `corrupt_entry`. */
export async function readStoredToken(
  storage: Storage,
  owner: StoredOwner,
): Promise<StoredToken | undefined> {
  const stored = await entry.get(storage, keyOf(owner));
  if (stored || spelledKeyOf(owner) === keyOf(owner)) return stored;
  return await entry.get(storage, spelledKeyOf(owner));
}

/**
 * The stored token for work that is about many owners, or that replaces or deletes it: an entry
 * that can't be read is logged, and counts as none.
 */
export async function readStoredTokenIfValid(
  { storage, logger }: Pick<Mount, "storage" | "logger">,
  owner: StoredOwner,
): Promise<StoredToken | undefined> {
  const stored = await orCorruptEntry(readStoredToken(storage, owner));
  if (!(stored instanceof PluginError)) return stored;
  logger.error("reading the entry of a stored token failed; it is skipped", {
    owner: named(owner),
    error: stored.message,
  });
  return undefined;
}

/** Whether there is one, also one that can't be read. */
export async function hasStoredToken(storage: Storage, owner: StoredOwner): Promise<boolean> {
  const entries = await Promise.all(
    [keyOf(owner), spelledKeyOf(owner)].map((key) => storage.get(key)),
  );
  return entries.some((found) => found !== undefined);
}

export async function writeStoredToken(
  storage: Storage,
  owner: StoredOwner,
  stored: StoredToken,
): Promise<void> {
  await entry.put(storage, keyOf(owner), stored);
  if (spelledKeyOf(owner) !== keyOf(owner)) await storage.delete(spelledKeyOf(owner));
}

/**
 * Whether the change that created a token wasn't committed: its rollback finds the token by what is
 * stored.
 */
export async function isUncommitted(
  storage: Storage,
  { change }: Pick<StoredToken, "change">,
): Promise<boolean> {
  return change !== "" && (await storage.get(`${WAL_PREFIX}${change}`)) !== undefined;
}

/** A stored token was replaced or deleted: nothing more can come of the change that created it. */
export async function endChangeOf(
  mount: Pick<Mount, "storage">,
  wal: Pick<TypedWal<unknown>, "commit">,
  stored: StoredToken | undefined,
): Promise<void> {
  if (stored && (await isUncommitted(mount.storage, stored)))
    await wal.commit(mount, stored.change);
}

export async function removeStoredToken(storage: Storage, owner: StoredOwner): Promise<void> {
  await storage.delete(keyOf(owner));
  if (spelledKeyOf(owner) !== keyOf(owner)) await storage.delete(spelledKeyOf(owner));
  await removeDrift(storage, owner);
}

/** Whether something was created, or done, where the mount calls now. */
export function isHere(
  { address }: { readonly address: string },
  config: { readonly address: string },
): boolean {
  return address === "" || isSameAddress(address, config.address);
}
