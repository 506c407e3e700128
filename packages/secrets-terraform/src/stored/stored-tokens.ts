import {
  type KeyedLock,
  type Mount,
  type OpenWalEntry,
  PluginError,
  type Redacted,
  type TypedWal,
  type Wal,
} from "@vault-ts/vault-plugin";
import { type RequestCaller, requireCaller, withDeadline } from "../caller.ts";
import { identityOf } from "../config/config.ts";
import { ownerLock } from "../locks.ts";
import { isSameOwner, named, type Owner, ownerKey, type StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { adoptToken } from "./adopt-token.ts";
import { type CurrentToken, readCurrentToken, seesOwner } from "./current-token.ts";
import { Doubts } from "./doubts.ts";
import { type Finishing, NOTHING_LEFT } from "./finishing.ts";
import { locate } from "./locate.ts";
import type { PlannedChange } from "./planned-change.ts";
import { replaceToken } from "./replace-token.ts";
import { type Revoking, revokeIfLast } from "./revoke-if-last.ts";
import { SharedWork } from "./shared-work.ts";
import {
  endChangeOf,
  isHere,
  readStoredToken,
  removeStoredToken,
  type StoredToken,
} from "./stored-token.ts";
import { storedTokenWal } from "./stored-token-wal.ts";
import { TokenChanges } from "./token-changes.ts";

/** An owner's token, held for a role that is about to refer to it. */
export interface HeldToken extends Finishing {
  readonly stored: StoredToken;
}

/**
 * Tokens of organizations and teams that Terraform Cloud has one of: stored, and returned until
 * they are rotated.
 */
export class StoredTokens {
  readonly #mount: Mount;
  readonly #terraform: Terraform;
  readonly #index: OwnerIndex;
  readonly #locks: KeyedLock;
  readonly #changes = new TokenChanges();
  readonly #doubts: Doubts;
  readonly #rotations = new SharedWork();
  readonly #wal: TypedWal<PlannedChange>;
  readonly #revoking: Revoking;

  constructor(mount: Mount, terraform: Terraform, index: OwnerIndex, locks: KeyedLock) {
    this.#mount = mount;
    this.#terraform = terraform;
    this.#index = index;
    this.#locks = locks;
    this.#doubts = new Doubts(mount.clock, terraform);
    const changes = this.#changes;
    this.#wal = storedTokenWal({ mount, terraform, index, locks, changes });
    this.#revoking = { mount, terraform, index, changes, doubts: this.#doubts, wal: this.#wal };
  }

  /** The changes that were begun, and whose outcome isn't known. */
  get wal(): Wal {
    return this.#wal;
  }

  /**
   * The owner's token, if one is stored that was created where the mount calls now. While it is
   * being replaced or deleted, it waits a while for what comes of that; where that isn't known, a
   * token that is dead isn't returned.
   */
  async read(owner: StoredOwner, caller: RequestCaller): Promise<StoredToken | undefined> {
    await this.settled(owner);
    const stored = await readStoredToken(this.#mount.storage, owner);
    const config = await this.#terraform.config();
    if (!stored || !config) return stored;
    const isLost = config.is_lost && isSameOwner(identityOf(config).owner, owner);
    if (isLost || !isHere(stored, config)) return undefined;
    if (!this.#doubts.has(owner)) return stored;
    return (await this.#doubts.isDead(owner, stored, await this.#terraform.open(caller)))
      ? undefined
      : stored;
  }

  /**
   * Stores a token that exists already as the owner's, as {@link adoptToken} does. The owner's lock
   * is the caller's.
   */
  async adopt(owner: StoredOwner, token: Redacted, caller: RequestCaller): Promise<void> {
    await adoptToken(this.#mount, this.#terraform, this.#wal, owner, token, caller);
  }

  /** Waits a while for a change of the owner's token that is under way. */
  async settled(owner: Owner): Promise<void> {
    await this.#changes.settled(ownerKey(owner));
  }

  /**
   * The owner's token; created if there is none yet. The owner's lock is the caller's, who commits
   * when a role refers to the token.
   */
  async issueIfMissing(owner: StoredOwner, caller: RequestCaller): Promise<HeldToken> {
    const open = await this.#terraform.open(caller);
    const located = await locate(this.#mount, this.#index, owner, this.#terraform, open, caller);
    const isAlive =
      located.status === "here" && !(await this.#doubts.isDead(owner, located.stored, open));
    if (isAlive) {
      const { stored } = located;
      // It may be what a role began that wasn't written then: it is this one's now.
      const commit = async () => {
        if (stored.change !== "") await this.#wal.commit(this.#mount, stored.change);
      };
      return { ...NOTHING_LEFT, stored, commit };
    }
    const { stored, current, entry } = await this.#replace(open, owner, caller);
    const warnings = replacedWarnings(owner, current);
    return { stored, warnings, commit: entry.commit, [Symbol.dispose]: entry[Symbol.dispose] };
  }

  /**
   * Replaces the owner's token. Requests that come while one is under way share its outcome; what
   * nobody waits for any more isn't begun.
   *
   * @param check Throws if no role references the token any more, now that their lock is held.
   */
  async rotate(
    owner: StoredOwner,
    caller: RequestCaller,
    check: () => Promise<void>,
  ): Promise<void> {
    await this.#rotations.run(ownerKey(owner), caller.signal, (signal) =>
      withDeadline({ signal }, async (shared) => {
        using _owner = await this.#locks.acquire([ownerLock(owner)], shared.signal);
        await check();
        using entry = (await this.#replace(await this.#terraform.open(shared), owner, shared))
          .entry;
        await entry.commit();
      }),
    );
  }

  /**
   * Replaces the token that the mount itself is configured with, where its owner has one of it:
   * whether roles refer to it or not.
   */
  async rotateOwn(owner: StoredOwner, caller: RequestCaller): Promise<void> {
    await this.#rotations.run(ownerKey(owner), caller.signal, (signal) =>
      withDeadline({ signal }, async (shared) => {
        using _owner = await this.#locks.acquire([ownerLock(owner)], shared.signal);
        const open = await this.#terraform.open(shared);
        const isOwn = isSameOwner((await this.#terraform.identity(open)).owner, owner);
        if (!isOwn) throw configChanged();
        const { stored, entry } = await this.#replace(open, owner, shared);
        using _entry = entry;
        const isReferred = (await this.#index.rolesOf(owner)).size > 0;
        if (!isReferred) await removeStoredToken(this.#mount.storage, owner);
        const isUsed = (await this.#terraform.config())?.token_id === stored.token_id;
        // Nobody's any more: the rollback deletes it.
        if (!isUsed && !isReferred) throw unusedReplacement(owner);
        await entry.commit();
        if (!isUsed) throw unusedReplacement(owner);
      }),
    );
  }

  /**
   * Deletes the owner's token if no other role refers to it. The owner's lock is the caller's, who
   * commits when the role is gone.
   *
   * @param name The role that is about to go.
   */
  async revokeIfLast(owner: StoredOwner, name: string, caller: RequestCaller): Promise<Finishing> {
    return await revokeIfLast(this.#revoking, owner, name, caller);
  }

  /** WAL entry → call → storage; the commit is the caller's. */
  async #replace(
    open: OpenTerraform,
    owner: StoredOwner,
    caller: RequestCaller,
  ): Promise<{
    readonly stored: StoredToken;
    /** What there was before. */
    readonly current: CurrentToken;
    readonly entry: OpenWalEntry<PlannedChange>;
  }> {
    const current = await readCurrentToken(this.#mount, this.#terraform, open, owner);
    const { id: previous } = current;
    const is_absence_proven =
      previous === null &&
      (await seesOwner(this.#terraform, this.#index, open, owner, current.stored));
    requireCaller(caller);
    const { address, base_path, ca_cert } = open.config;
    const entry = await this.#wal.begin(this.#mount, {
      ...owner,
      change: "create",
      previous,
      is_absence_proven,
      address,
      base_path,
      ca_cert,
      is_retried: false,
      is_previous_orphaned: false,
    });
    try {
      const replacing = {
        mount: this.#mount,
        terraform: this.#terraform,
        index: this.#index,
        changes: this.#changes,
        wal: this.#wal,
      };
      const attempt = { entry: entry.id, isFirst: true };
      const outcome = await replaceToken(replacing, open, owner, current, attempt, caller);
      if (outcome.status === "not applied") await entry.commit();
      if (outcome.status === "unknown") {
        this.#doubts.note(owner);
        // What can't be asked for now is found out by the rollback.
        if (current.isOwn !== "no") await this.#terraform.noteIfLost(open).catch(() => {});
      }
      if (outcome.status !== "applied") throw outcome.error;
      this.#doubts.forget(owner);
      await endChangeOf(this.#mount, this.#wal, current.stored);
      const { stored, isContested } = outcome.value;
      if (!isContested) return { stored, current, entry };
      // The entry stays, and no caller commits it: the rollback sees whether an attempt comes late.
      return { stored, current, entry: { ...entry, commit: async () => {} } };
    } catch (error) {
      entry[Symbol.dispose]();
      throw error;
    }
  }
}

/** What the writer of an owner's first role should know of the token that the owner had. */
function replacedWarnings(owner: StoredOwner, { id, isOwn }: CurrentToken): readonly string[] {
  if (id === null) return [];
  const replaced = `replaced existing token "${id}" of ${named(owner)}`;
  return [
    isOwn === "yes"
      ? `${replaced}, which was this mount's own; the mount uses the new one, and its other users must switch to it`
      : `${replaced}; its users must switch to the new one`,
  ];
}

/** The error of a rotation of the mount's own token that isn't begun. */
export function configChanged(): PluginError {
  return new PluginError(
    "conflict",
    "rotating the token of this mount failed: config was changed meanwhile; read it and try again",
  );
}

/** The error of a rotation of the mount's own token that the mount doesn't follow. */
function unusedReplacement(owner: StoredOwner): PluginError {
  return new PluginError(
    "conflict",
    `the token of ${named(owner)} was replaced, but config was changed meanwhile and doesn't use the new one; read config and try again`,
  );
}
