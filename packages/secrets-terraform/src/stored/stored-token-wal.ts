import {
  defineWal,
  type KeyedLock,
  PluginError,
  type RollbackOutcome,
  type Tick,
  type TypedWal,
  type WalEntry,
} from "@vault-ts/vault-plugin";
import { Attempts, ageOf, FIRST_ATTEMPT, isOver } from "../attempts.ts";
import { type RequestCaller, withDeadline } from "../caller.ts";
import { identityOf } from "../config/config.ts";
import { isSameConnection } from "../config/connection.ts";
import { ownerLock } from "../locks.ts";
import { isSameOwner, named, type StoredOwner } from "../owner.ts";
import type { OpenTerraform } from "../terraform.ts";
import { type CurrentToken, readCurrentToken, seesOwner } from "./current-token.ts";
import { deleteToken } from "./delete-token.ts";
import {
  isDead,
  isKnown,
  isOrphaned,
  isSuperseded,
  type PlannedChange,
  plannedChange,
} from "./planned-change.ts";
import { type Replacing, replaceToken } from "./replace-token.ts";
import {
  isHere,
  isUncommitted,
  readStoredTokenIfValid,
  removeStoredToken,
} from "./stored-token.ts";

interface Reconciling extends Replacing {
  readonly locks: KeyedLock;
}

/**
 * The WAL of changes of stored tokens: what is left in it is reconciled until nothing more can come
 * of it.
 */
export function storedTokenWal(parts: Reconciling): TypedWal<PlannedChange> {
  const reconciler = new StoredTokenReconciler(parts);
  return defineWal({
    kind: "stored_token",
    data: plannedChange,
    minAge: FIRST_ATTEMPT,
    rollback: (entry, tick) => reconciler.reconcile(entry, tick),
  });
}

/**
 * Asks what there is of an owner's token, and makes it so: stored and alive if a role refers to it,
 * and gone if none does.
 */
class StoredTokenReconciler {
  readonly #parts: Reconciling;
  readonly #attempts = new Attempts();

  constructor(parts: Reconciling) {
    this.#parts = parts;
  }

  async reconcile(entry: WalEntry<PlannedChange>, tick: Tick): Promise<RollbackOutcome> {
    const { id, data, createdAt } = entry;
    const ageMs = ageOf(this.#parts.mount.clock, createdAt.getTime());
    if (!tick.immediate && !this.#attempts.isDue(id, ageMs)) return "keep";
    const outcome = await withDeadline(tick, async (caller) => {
      using _owner = await this.#parts.locks.acquire([ownerLock(data)], caller.signal);
      return await this.#reconcileOwner(entry, caller);
    });
    if (outcome === "unasked" && !tick.immediate) return "keep";
    const isDone = outcome === "done" || tick.immediate || (outcome === "keep" && isOver(ageMs));
    if (isDone || outcome === "restart") this.#attempts.forget(id);
    else this.#attempts.note(id, ageMs);
    return isDone || outcome === "unasked" ? "done" : outcome;
  }

  /**
   * @returns `done` if nothing more can come of the change, `keep` if that isn't known, and
   * `unasked` where the mount has no token to ask with, or calls another address: that ends no
   * entry of a role, however old.
   */
  async #reconcileOwner(
    entry: WalEntry<PlannedChange>,
    caller: RequestCaller,
  ): Promise<RollbackOutcome | "unasked"> {
    const { mount, terraform, index } = this.#parts;
    const { address, type, id } = entry.data;
    const owner: StoredOwner = { type, id };
    const isReferred = (await index.rolesOf(owner)).size > 0;
    const config = await terraform.config();
    if (!config || !isHere({ address }, config)) {
      // What is at another address is another's. A stored token of there isn't returned until the
      // mount calls there again, and is asked for then.
      if (isReferred) {
        const stored = await readStoredTokenIfValid(mount, owner);
        return !config || (stored && isHere(stored, { address })) ? "unasked" : "keep";
      }
      mount.logger.warn(
        "deleting an orphaned token failed: the mount has no token, or uses another address",
        {
          owner: named(owner),
          address,
        },
      );
      await this.#forget(entry, owner);
      return "keep";
    }
    const open = await this.#openAlive(entry, owner, caller);
    const current = await this.#requireCurrent(open, owner);
    // The process died in an attempt of its own, whose request may come as late as any.
    const { is_retried: isRestarted } = entry.data;
    if (isReferred && isDead(entry.data, current)) {
      // From now on the entry describes a creation, whatever the change was.
      const creation = {
        ...entry.data,
        change: "create" as const,
        previous: current.id,
        is_absence_proven: true,
        is_previous_orphaned: isOrphaned(entry, current),
      };
      await entry.update({ ...creation, is_retried: true });
      const mayComeLate = await this.#replace(open, owner, current);
      await entry.update({ ...creation, is_retried: false });
      if (mayComeLate || isRestarted) return "restart";
      // A deletion creates nothing that could come late, and one by id deletes nothing else.
      return entry.data.change === "delete" ? "done" : "keep";
    }
    // Deleted by the change, and another mount has created one since: creds of this one's roles
    // create another, and say so.
    if (isReferred && isSuperseded(entry.data, current))
      await removeStoredToken(mount.storage, owner);
    if (!isReferred) {
      // First: no role may take over a token that is about to be deleted, however late that comes.
      const isForgotten = await this.#forget(entry, owner);
      const isAnothers = !isForgotten && current.id === current.stored?.token_id;
      if (isOrphaned(entry, current) && !isAnothers) await this.#delete(open, owner, current);
    }
    if (isRestarted) {
      await entry.update({ ...entry.data, is_retried: false });
      return "restart";
    }
    return isKnown(entry, current) ? "done" : "keep";
  }

  /**
   * Removes what is stored. A token that the change has created is known by its entry then.
   *
   * @returns false if it was left to another change, whose entry knows its own token by it.
   */
  async #forget(entry: WalEntry<PlannedChange>, owner: StoredOwner): Promise<boolean> {
    const { mount } = this.#parts;
    const { storage } = mount;
    const stored = await readStoredTokenIfValid(mount, owner);
    // From now on the entry describes a deletion.
    if (stored && isKnown(entry, { stored }))
      await entry.update({ ...entry.data, change: "delete", previous: stored.token_id });
    else if (stored && (await isUncommitted(storage, stored))) return false;
    await removeStoredToken(storage, owner);
    return true;
  }

  /**
   * If the mount's own token was the one that was replaced, and the process died before it was
   * told, the mount uses the stored one.
   */
  async #openAlive(
    entry: WalEntry<PlannedChange>,
    owner: StoredOwner,
    caller: RequestCaller,
  ): Promise<OpenTerraform> {
    const { mount, terraform } = this.#parts;
    const open = await terraform.open(caller, { evenIfLost: true });
    if (await terraform.works(open.client)) {
      if (open.config.is_lost) await terraform.noteIfLost(open);
      return open;
    }
    const stored = await readStoredTokenIfValid(mount, owner);
    const isUsable =
      stored &&
      isKnown(entry, { stored }) &&
      isSameConnection(entry.data, open.config) &&
      (await terraform.works(
        terraform.clientOf({ ...open.config, token: stored.token }).for(caller),
      ));
    if (!isUsable) {
      const wasOwn = isSameOwner(identityOf(open.config).owner, owner);
      if (wasOwn && open.config.token_id === entry.data.previous) await terraform.noteIfLost(open);
      throw new PluginError(
        "upstream",
        "Terraform Cloud rejects the mount's token: write another token to config",
      );
    }
    await terraform.follow(open.config, stored);
    return await terraform.open(caller);
  }

  /** "No token" is believed only where the owner is seen. */
  async #requireCurrent(open: OpenTerraform, owner: StoredOwner): Promise<CurrentToken> {
    const { mount, terraform } = this.#parts;
    const current = await readCurrentToken(mount, terraform, open, owner);
    if (current.id !== null || (await seesOwner(terraform, open, owner))) return current;
    throw new PluginError(
      "upstream",
      `the mount's token lacks permission to see ${named(owner)}: whether its token exists isn't known`,
    );
  }

  /** @returns whether an attempt may come late, before or in place of the one that was applied. */
  async #replace(open: OpenTerraform, owner: StoredOwner, current: CurrentToken): Promise<boolean> {
    const { logger } = this.#parts.mount;
    // Not of this entry alone: what it describes may still come.
    const outcome = await replaceToken(this.#parts, open, owner, current, "");
    if (outcome.status === "not applied") throw outcome.error;
    if (outcome.status === "unknown") {
      logger.warn("the outcome of replacing a stored token is unknown; the rollback retries it", {
        owner: named(owner),
        error: outcome.error.message,
      });
      return true;
    }
    const { stored, isContested } = outcome.value;
    logger.warn("replaced a stored token after a change of unknown outcome", {
      owner: named(owner),
      token_id: stored.token_id,
    });
    return isContested;
  }

  async #delete(
    { client }: OpenTerraform,
    owner: StoredOwner,
    { id, isOwn }: CurrentToken,
  ): Promise<void> {
    if (id === null || isOwn !== "no") return;
    const outcome = await deleteToken(client, owner, id);
    if (outcome.status !== "applied") throw outcome.error;
  }
}
