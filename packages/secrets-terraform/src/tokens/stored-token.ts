import { type EntryType, entryType, type Redacted, redacted, type Storage } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import type { Config } from "../config.ts";
import type { TokenOwner } from "./token-owner.ts";

export interface StoredToken {
  readonly token: Redacted;
  readonly token_id: string;
  /** When it expires at Terraform Cloud, ISO 8601; empty where that isn't known. */
  readonly expired_at: string;
  /** Where it was made; empty where that isn't known. */
  readonly address: string;
}

/** Seal-wrapped, as all that holds a token. */
export const STORED_TOKEN_PREFIX = "token/";

/** Where the token of an owner is. */
export const keyOf = ({ type, id }: TokenOwner): string => `${STORED_TOKEN_PREFIX}${type}/${id}`;

const entry: EntryType<StoredToken> = entryType(
  v.object({
    token: redacted(v.string()),
    token_id: v.string(),
    expired_at: v.optional(v.string(), ""),
    address: v.optional(v.string(), ""),
  }),
);

export function readStoredToken(storage: Storage, owner: TokenOwner): Promise<StoredToken | undefined> {
  return entry.get(storage, keyOf(owner));
}

export function writeStoredToken(storage: Storage, owner: TokenOwner, stored: StoredToken): Promise<void> {
  return entry.put(storage, keyOf(owner), stored);
}

export function deleteStoredToken(storage: Storage, owner: TokenOwner): Promise<void> {
  return storage.delete(keyOf(owner));
}

/** Whether something was made, or done, at the address of the configuration. */
export function isHere({ address }: { readonly address: string }, config: Config): boolean {
  return address === "" || address === config.address;
}
