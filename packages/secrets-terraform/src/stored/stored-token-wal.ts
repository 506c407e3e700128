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
import { TOKEN_REJECTED } from "../upstream-error.ts";
import { type CurrentToken, readCurrentToken, seesOwner } from "./current-token.ts";
import { creationAfter, decide } from "./decision.ts";
import { deleteToken } from "./delete-token.ts";
import { hasCreated, type PlannedChange, plannedChange, wasCreatedFor } from "./planned-change.ts";
import { type Replacing, replaceToken } from "./replace-token.ts";
import {
  isHere,
  isUncommitted,
  readStoredTokenIfValid,
  removeStoredToken,
  type StoredToken,
} from "./stored-token.ts";

interface Reconciling extends Replacing {
  readonly locks: KeyedLock;
}

/**
 * The WAL of changes of stored tokens: what is left in it is reconciled until nothing more can come
 * of it.
 */
export function storedTokenWal(parts: Omit<Reconciling, "wal">): TypedWal<PlannedChange> {
  const wal: TypedWal<PlannedChange> = defineWal({
    kind: "stored_token",
    data: plannedChange,
    minAge: FIRST_ATTEMPT,
    rollback: (entry, tick) => reconciler.reconcile(entry, tick),
  });
  const reconciler = new StoredTokenReconciler({ ...parts, wal });
  return wal;
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
      const present = await entry.reload();
      return present ? await this.#reconcileOwner(present, caller) : "done";
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
    const stored = await readStoredTokenIfValid(mount, owner);
    const isCreatedHere = hasCreated(entry, stored);
    const isAnothers =
      stored !== undefined && !isCreatedHere && (await isUncommitted(mount.storage, stored));
    const config = await terraform.config();
    if (!config || !isHere({ address }, config)) {
      // What is at another address is another's. A stored token of there isn't returned until the
      // mount calls there again, and is asked for then.
      if (isReferred)
        return !config || (stored && isHere(stored, { address })) ? "unasked" : "keep";
      mount.logger.warn(
        "deleting an orphaned token failed: the mount has no token, or uses another address",
        { owner: named(owner), address },
      );
      if (!isAnothers) await this.#forget(entry, owner, stored);
      return "keep";
    }
    const open = await this.#openAlive(entry, owner, stored, caller);
    const current = await this.#requireCurrent(open, owner);
    // The process died in an attempt of its own, whose request may come as late as any.
    const { is_retried: isRestarted } = entry.data;
    const decision = decide({ entry, current, isReferred, isAnothers });
    if (decision === "replace") {
      const mayComeLate = await this.#replace(entry, open, owner, current, caller);
      if (mayComeLate || isRestarted) return "restart";
      // A deletion creates nothing that could come late, and one by id deletes nothing else.
      return entry.data.change === "delete" ? "done" : "keep";
    }
    // First: no role may take over a token that is about to be deleted, however late that comes.
    const isForgotten = decision === "forget" || decision === "revoke";
    const data = isForgotten ? await this.#forget(entry, owner, stored) : entry.data;
    if (decision === "delete" || decision === "revoke") await this.#delete(open, owner, current);
    if (isRestarted) {
      await entry.update({ ...data, is_retried: false });
      return "restart";
    }
    return isCreatedHere ? "done" : "keep";
  }

  /**
   * Removes what is stored. A token that the change has created is known by its entry then.
   *
   * @returns what the entry describes from now on.
   */
  async #forget(
    entry: WalEntry<PlannedChange>,
    owner: StoredOwner,
    stored: StoredToken | undefined,
  ): Promise<PlannedChange> {
    const isCreatedHere = stored && hasCreated(entry, stored);
    const data: PlannedChange = isCreatedHere
      ? { ...entry.data, change: "delete", previous: stored.token_id }
      : entry.data;
    if (isCreatedHere) await entry.update(data);
    await removeStoredToken(this.#parts.mount.storage, owner);
    return data;
  }

  /**
   * If the mount's own token was the one that was replaced, and the process died before it was
   * told, the mount uses the stored one.
   */
  async #openAlive(
    entry: WalEntry<PlannedChange>,
    owner: StoredOwner,
    stored: StoredToken | undefined,
    caller: RequestCaller,
  ): Promise<OpenTerraform> {
    const { terraform } = this.#parts;
    const open = await terraform.open(caller, { evenIfLost: true });
    if (await terraform.works(open.client)) {
      if (open.config.is_lost) await terraform.noteIfLost(open);
      return open;
    }
    const isOfEntry = stored !== undefined && wasCreatedFor(entry, stored);
    const isUsable =
      isOfEntry &&
      isSameConnection(entry.data, open.config) &&
      (await terraform.works(
        terraform.clientOf({ ...open.config, token: stored.token }).for(caller),
      ));
    if (!isUsable) {
      const wasOwn = isSameOwner(identityOf(open.config).owner, owner);
      // It was the one before the change, or the one that the change has created: late requests
      // replaced that.
      const known = [entry.data.previous, ...(isOfEntry ? [stored.token_id] : [])];
      if (wasOwn && known.includes(open.config.token_id)) await terraform.noteIfLost(open);
      throw new PluginError("upstream", TOKEN_REJECTED);
    }
    await terraform.follow(open.config, stored);
    return await terraform.open(caller);
  }

  /** "No token" is believed only where the owner is seen. */
  async #requireCurrent(open: OpenTerraform, owner: StoredOwner): Promise<CurrentToken> {
    const { mount, terraform, index } = this.#parts;
    const current = await readCurrentToken(mount, terraform, open, owner);
    const { id, stored } = current;
    if (id !== null || (await seesOwner(terraform, index, open, owner, stored))) return current;
    throw new PluginError(
      "upstream",
      `the mount's token lacks permission to see ${named(owner)}: whether its token exists isn't known`,
    );
  }

  /** @returns whether an attempt may come late, before or in place of the one that was applied. */
  async #replace(
    entry: WalEntry<PlannedChange>,
    open: OpenTerraform,
    owner: StoredOwner,
    current: CurrentToken,
    caller: RequestCaller,
  ): Promise<boolean> {
    const { logger } = this.#parts.mount;
    // From now on the entry describes a creation, whatever the change was.
    const creation = creationAfter(entry, current);
    await entry.update({ ...creation, is_retried: true });
    const attempt = { entry: entry.id, isFirst: false };
    const outcome = await replaceToken(this.#parts, open, owner, current, attempt, caller);
    if (outcome.status === "not applied") throw outcome.error;
    await entry.update({ ...creation, is_retried: false });
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
