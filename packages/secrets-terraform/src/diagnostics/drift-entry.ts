import { entryType, type Storage } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { ownerKey, type StoredOwner } from "../owner.ts";

/** What has become of a stored token at Terraform Cloud. */
export const DRIFTS = [
  /** It is the one that its owner has. */
  "none",
  /** Its owner has another one. */
  "replaced",
  /** Its owner has none. */
  "deleted",
  "unknown",
] as const;

/** What the last check of a stored token has found. */
export interface Drift {
  readonly token_id: string;
  readonly drift: (typeof DRIFTS)[number];
  /** Why it is unknown; empty if it isn't. */
  readonly drift_reason: string;
  /** ISO 8601. */
  readonly checked_at: string;
  /** When the token was created, as Terraform Cloud tells, ISO 8601; empty where it doesn't. */
  readonly created_at: string;
}

const entry = entryType<Drift>(
  v.object({
    token_id: v.string(),
    drift: v.picklist(DRIFTS),
    drift_reason: v.string(),
    checked_at: v.string(),
    created_at: v.string(),
  }),
);

const keyOf = (owner: StoredOwner) => `drift/${ownerKey(owner)}`;

/**
 * What is known of a stored token; undefined for one that wasn't checked yet. What was found of one
 * before it says nothing of it.
 */
export async function readDrift(
  storage: Storage,
  owner: StoredOwner,
  { token_id }: { readonly token_id: string },
): Promise<Drift | undefined> {
  const found = await entry.get(storage, keyOf(owner));
  return found?.token_id === token_id ? found : undefined;
}

export function writeDrift(storage: Storage, owner: StoredOwner, drift: Drift): Promise<void> {
  return entry.put(storage, keyOf(owner), drift);
}

export function removeDrift(storage: Storage, owner: StoredOwner): Promise<void> {
  return storage.delete(keyOf(owner));
}

/** Whether the token is known to work no more. */
export function isDead({ drift }: Drift): boolean {
  return drift === "replaced" || drift === "deleted";
}

/**
 * What a reader should know of a stored token that somebody else has replaced or deleted.
 *
 * @param name The role's.
 */
export async function driftWarnings(
  storage: Storage,
  owner: StoredOwner,
  stored: { readonly token_id: string },
  name: string,
): Promise<readonly string[]> {
  const found = await readDrift(storage, owner, stored);
  if (!found || !isDead(found)) return [];
  return [
    `this token was ${found.drift} at Terraform Cloud and is no longer valid: write to rotate-role/${name}`,
  ];
}
