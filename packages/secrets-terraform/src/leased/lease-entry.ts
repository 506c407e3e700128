import { entryType, type Mount, orCorruptEntry, PluginError } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { LEASED_TYPES, type Target } from "../kinds/index.ts";
import { targetSchemas } from "../kinds/target-schema.ts";

/**
 * Where the entries of leased tokens are stored, by their tags. Local to the cluster, as leases
 * are.
 */
export const LEASE_PREFIX = "lease/";

/** A leased token: before it is created, and as long as its lease lives. */
const leaseEntry = v.object({
  /** Pending until the token's id is known and the token is about to be returned. */
  state: v.picklist(["pending", "issued"]),
  kind: v.picklist(LEASED_TYPES),
  ...targetSchemas,
  /** Empty while it is pending. */
  token_id: v.optional(v.string(), ""),
  /**
   * When the token expires by itself, ISO 8601, by this server's clock; empty for one that doesn't.
   */
  expired_at: v.string(),
  /** Where it is created; older versions kept none. */
  address: v.optional(v.string(), ""),
  /** When it was begun, in milliseconds since 1970. */
  begun: v.number(),
  /** The role that it is issued for. */
  role: v.optional(v.string(), ""),
  /**
   * The latest moment that its lease can last to, ISO 8601, by this server's clock; empty where
   * that isn't known.
   */
  ends_at: v.optional(v.string(), ""),
});

export type LeaseEntry = v.InferOutput<typeof leaseEntry>;

/** What is known of a token before it is created. */
export type PlannedLease = Target &
  Pick<LeaseEntry, "kind" | "expired_at" | "address"> &
  Partial<Pick<LeaseEntry, "role">>;

/** An entry, and the tag of its token. */
export interface TaggedLease extends LeaseEntry {
  readonly tag: string;
}

/** A pending entry, which no lease came to hold. */
export type PendingLease = TaggedLease;

/** An entry whose token is being created: no rollback touches it until it is disposed of. */
export interface OpenLease extends Disposable {
  /**
   * The token was created, and its lease is about to be returned.
   *
   * @param endsAt The latest moment that the lease can last to.
   */
  issued(tokenId: string, endsAt: Date): Promise<void>;
  /**
   * The token isn't to be returned after all: the rollback deletes it. If that can't be stored, it
   * does so as long as this process lives.
   */
  reopen(): Promise<void>;
  /** Surely there is no token. */
  remove(): Promise<void>;
}

const entry = entryType(leaseEntry);

/**
 * Since when each lease has an entry: those that version 0.1.0 has issued before have none. Local,
 * as leases are.
 */
export const SINCE_KEY = "leases_since";

const sinceEntry = entryType(v.object({ since: v.number() }));

/** Entries that are read at the same time when a process begins. */
const BATCH = 64;

/**
 * One entry for each leased token: pending → issued → gone at revocation. Those that stay pending
 * are what the rollback looks for; those that are issued show which tokens of the mount have a
 * lease.
 */
export class LeaseEntries {
  readonly #mount: Pick<Mount, "storage" | "clock" | "logger">;
  /**
   * The pending ones: all that this process has begun, and once `pending` was asked, all that there
   * are.
   */
  readonly #pending = new Map<string, PendingLease>();
  readonly #open = new Set<string>();
  /** Those that this process has begun, and hasn't returned: that it knows better than storage. */
  readonly #unreturned = new Set<string>();
  #read: Promise<void> | undefined;
  #begun: Promise<void> | undefined;

  /** @param mount Its storage without a cache: entries are read once, if at all. */
  constructor(mount: Pick<Mount, "storage" | "clock" | "logger">) {
    this.#mount = mount;
  }

  /** Writes the entry of a token that is about to be created. */
  async begin(tag: string, planned: PlannedLease): Promise<OpenLease> {
    const { storage, clock } = this.#mount;
    this.#begun ??= this.#noteBeginning().catch((error: unknown) => {
      this.#begun = undefined;
      throw error;
    });
    await this.#begun;
    const data = pendingEntry(planned, clock.now());
    const put = (change: Partial<LeaseEntry>) =>
      entry.put(storage, keyOf(tag), { ...data, ...change });
    const hold = () => {
      this.#pending.set(tag, { ...data, tag });
      this.#unreturned.add(tag);
    };
    this.#open.add(tag);
    hold();
    const close = () => this.#open.delete(tag);
    try {
      await put({});
    } catch (error) {
      close();
      throw error;
    }
    return {
      issued: async (token_id, endsAt) => {
        await put({ state: "issued", token_id, ends_at: endsAt.toISOString() });
        this.#drop(tag);
      },
      reopen: async () => {
        hold();
        await put({});
      },
      remove: () => this.remove(tag),
      [Symbol.dispose]: close,
    };
  }

  /** Stores a pending entry that an older version wrote elsewhere. */
  async adopt(tag: string, planned: PlannedLease, begun: number): Promise<void> {
    const data = pendingEntry(planned, begun);
    await entry.put(this.#mount.storage, keyOf(tag), data);
    this.#pending.set(tag, { ...data, tag });
  }

  /** A lease was renewed: it can last to that moment. */
  async renewed(tag: string, endsAt: Date): Promise<void> {
    const { storage } = this.#mount;
    const stored = await this.get(tag);
    if (!stored || stored.ends_at === "" || Date.parse(stored.ends_at) >= endsAt.getTime()) return;
    await entry.put(storage, keyOf(tag), { ...stored, ends_at: endsAt.toISOString() });
  }

  /** All that there are, read from the storage. One that can't be read is left out. */
  async all(): Promise<readonly TaggedLease[]> {
    const tags = await this.tags();
    const all: TaggedLease[] = [];
    for (let start = 0; start < tags.length; start += BATCH) {
      const batch = tags.slice(start, start + BATCH);
      const entries = await Promise.all(batch.map((tag) => this.get(tag)));
      for (const [index, tag] of batch.entries()) {
        const stored = entries[index];
        if (stored) all.push({ ...stored, tag });
      }
    }
    return all;
  }

  /** The tags of all, also of those that can't be read. */
  async tags(): Promise<readonly string[]> {
    return await this.#mount.storage.list(LEASE_PREFIX);
  }

  /**
   * Since when each lease has an entry, in milliseconds since 1970; undefined if none ever had one.
   */
  async since(): Promise<number | undefined> {
    return (await sinceEntry.get(this.#mount.storage, SINCE_KEY))?.since;
  }

  async #noteBeginning(): Promise<void> {
    const { storage, clock } = this.#mount;
    if ((await this.since()) === undefined)
      await sinceEntry.put(storage, SINCE_KEY, { since: clock.now() });
  }

  /** Its token is gone. */
  async remove(tag: string): Promise<void> {
    await this.#mount.storage.delete(keyOf(tag));
    this.#drop(tag);
  }

  #drop(tag: string): void {
    this.#pending.delete(tag);
    this.#unreturned.delete(tag);
  }

  /**
   * Entries that no request of this process is about any more, and that are still pending in
   * storage.
   */
  async pending(): Promise<readonly PendingLease[]> {
    this.#read ??= this.#readAll().catch((error: unknown) => {
      this.#read = undefined;
      throw error;
    });
    await this.#read;
    const closed = [...this.#pending.keys()].filter((tag) => !this.#open.has(tag));
    const present = await Promise.all(closed.map((tag) => this.#refresh(tag)));
    return present.filter((lease) => lease !== undefined);
  }

  /**
   * The entry of a tag as it is stored. One that can't be read is of no use, and must not stop the
   * others.
   */
  async get(tag: string): Promise<LeaseEntry | undefined> {
    const stored = await orCorruptEntry(entry.get(this.#mount.storage, keyOf(tag)));
    if (!(stored instanceof PluginError)) return stored;
    this.#mount.logger.error("reading the stored entry of a lease failed; the lease is skipped", {
      tag,
      error: stored.message,
    });
    return undefined;
  }

  async #refresh(tag: string): Promise<PendingLease | undefined> {
    const stored = await this.get(tag);
    // Started again, or issued, while it was read.
    if (this.#open.has(tag)) return undefined;
    if (stored?.state === "pending" || (stored && this.#unreturned.has(tag)))
      return { ...stored, state: "pending", tag };
    this.#drop(tag);
    return undefined;
  }

  /** What other processes have left pending. */
  async #readAll(): Promise<void> {
    for (const lease of await this.all()) {
      // What this process has begun meanwhile it knows better.
      if (lease.state === "pending" && !this.#pending.has(lease.tag))
        this.#pending.set(lease.tag, lease);
    }
  }
}

/** Whether an issued token's lease has surely ended, and the token with it. */
export function isPastEnd({ state, ends_at }: LeaseEntry, now: number): boolean {
  return state === "issued" && ends_at !== "" && Date.parse(ends_at) <= now;
}

/**
 * How far apart the clocks of the two servers may be, in milliseconds: only then a token counts as
 * expired without a word of Terraform Cloud's.
 */
const CLOCK_TOLERANCE_MS = 24 * 3600 * 1000;

/**
 * Whether a token has surely expired by itself.
 *
 * @param now Milliseconds since 1970, by this server's clock.
 * @param serverTime The same, by Terraform Cloud's; undefined if that isn't known: then none has.
 */
export function isExpired(
  { expired_at }: Pick<LeaseEntry, "expired_at">,
  now: number,
  serverTime: number | undefined,
): boolean {
  const end = Date.parse(expired_at) + CLOCK_TOLERANCE_MS;
  return end <= now && end <= (serverTime ?? 0);
}

/** A lease whose token is about to be created. */
function pendingEntry(planned: PlannedLease, begun: number): LeaseEntry {
  return { role: "", ...planned, ends_at: "", state: "pending", token_id: "", begun };
}

const keyOf = (tag: string): string => `${LEASE_PREFIX}${tag}`;
