import { WAL_PREFIX } from "@vault-ts/vault-plugin";
import type { Engine } from "../engine.ts";
import { readStoredTokenIfValid } from "../stored/stored-token.ts";

/** What of the mount holds tokens, beside leases. */
export interface Holders {
  /** Whether a WAL entry, a stored token or the configuration holds the token. */
  hold(id: string, tag: string): boolean;
}

/**
 * Reads what holds tokens. The WAL first: what is committed meanwhile is stored by then, and is
 * read afterwards.
 */
export async function readHolders({ mount, index, terraform }: Engine): Promise<Holders> {
  const { storage } = mount;
  const wals: string[] = [];
  for (const id of await storage.list(WAL_PREFIX)) {
    const entry = await storage.get(`${WAL_PREFIX}${id}`);
    if (entry) wals.push(Buffer.from(entry).toString("utf8"));
  }
  const ids = new Set<string>();
  for (const owner of await index.owners()) {
    const stored = await readStoredTokenIfValid(mount, owner);
    if (stored) ids.add(stored.token_id);
  }
  const config = await terraform.config();
  if (config) ids.add(config.token_id);
  return {
    hold: (id, tag) => ids.has(id) || wals.some((wal) => wal.includes(id) || wal.includes(tag)),
  };
}
