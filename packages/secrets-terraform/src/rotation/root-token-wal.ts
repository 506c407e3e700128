import {
  defineWal,
  type KeyedLock,
  type Mount,
  type RollbackOutcome,
  type Tick,
  type TypedWal,
  type WalEntry,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { Attempts, ageOf, FIRST_ATTEMPT, isOver } from "../attempts.ts";
import { type RequestCaller, withDeadline } from "../caller.ts";
import { KINDS, NOBODY, type Target } from "../kinds/index.ts";
import { TokenLists } from "../leased/token-lists.ts";
import { ownerLock } from "../locks.ts";
import { named } from "../owner.ts";
import { isHere } from "../stored/stored-token.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { deleteIfFound } from "../upstream-error.ts";

/** Whose the mount's token is, and where. */
const owned = { type: v.picklist(["user", "team"]), id: v.string(), address: v.string() };

/** A token that is about to be created, for the mount to use. */
const createdToken = v.object({
  ...owned,
  /** By which it is found. */
  tag: v.string(),
  /** When it expires by itself, ISO 8601. */
  expired_at: v.string(),
});

/** The token that the mount is about to stop using, and that is deleted then. */
const replacedToken = v.object({ ...owned, token_id: v.string() });

/** HashiCorp's engine's: two tokens of one owner, of which the mount uses one. */
const importedRotation = v.object({
  token_owner_type: owned.type,
  owner_id: v.string(),
  old_token_id: v.string(),
  new_token_id: v.string(),
});

export type CreatedToken = v.InferOutput<typeof createdToken>;
type ReplacedToken = v.InferOutput<typeof replacedToken>;
type ImportedRotation = v.InferOutput<typeof importedRotation>;

/** Tokens of one owner that the mount has used, or was about to. */
type UsedTokens = TokenOwner & { readonly token_ids: readonly string[] };
type TokenOwner = Pick<ReplacedToken, "type" | "id" | "address">;

/** The WALs of a rotation of the mount's own token, where its owner can have several. */
export interface RootTokenWals {
  readonly created: TypedWal<CreatedToken>;
  readonly replaced: TypedWal<ReplacedToken>;
  readonly imported: TypedWal<ImportedRotation>;
}

interface Parts {
  readonly mount: Pick<Mount, "clock" | "logger">;
  readonly terraform: Terraform;
  readonly locks: KeyedLock;
}

export function rootTokenWals(reconciler: RootTokenReconciler): RootTokenWals {
  return {
    created: defineWal({
      kind: "root_token_created",
      data: createdToken,
      minAge: FIRST_ATTEMPT,
      rollback: (entry, tick) => reconciler.reconcileCreated(entry, tick),
    }),
    replaced: defineWal({
      kind: "root_token_replaced",
      data: replacedToken,
      minAge: FIRST_ATTEMPT,
      rollback: ({ id, data: { token_id, ...owner }, createdAt }, tick) =>
        reconciler.reconcileUsed(
          { id, data: { ...owner, token_ids: [token_id] }, createdAt },
          tick,
        ),
    }),
    imported: defineWal({
      kind: "rotateRootToken",
      data: importedRotation,
      minAge: FIRST_ATTEMPT,
      rollback: ({ id, data, createdAt }, tick) => {
        const { token_owner_type: type, owner_id, old_token_id, new_token_id } = data;
        const token_ids = [old_token_id, new_token_id];
        // The address isn't in the entry: it is the mount's.
        const owner = { type, id: owner_id, address: "" };
        return reconciler.reconcileUsed({ id, data: { ...owner, token_ids }, createdAt }, tick);
      },
    }),
  };
}

/** Whatever became of a rotation, one token is left: the one that the mount uses. */
export class RootTokenReconciler {
  readonly #parts: Parts;
  readonly #attempts = new Attempts();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async reconcileCreated(
    { id, data, createdAt }: WalEntry<CreatedToken>,
    tick: Tick,
  ): Promise<RollbackOutcome> {
    const { clock } = this.#parts.mount;
    const now = clock.now();
    const ageMs = ageOf(clock, createdAt.getTime());
    if (!tick.immediate && !this.#attempts.isDue(id, ageMs)) return "keep";
    const found = await withDeadline(tick, (caller) => this.deleteIfUnused(data, caller));
    const isAbsent = found === "absent" && (tick.immediate || isOver(ageMs));
    if (found === "present" || isAbsent || Date.parse(data.expired_at) <= now) {
      this.#attempts.forget(id);
      return "done";
    }
    this.#attempts.note(id, ageMs);
    return "keep";
  }

  /** A deletion that fails is tried again the next minute. */
  async reconcileUsed(
    { id, data, createdAt }: Pick<WalEntry<UsedTokens>, "id" | "data" | "createdAt">,
    tick: Tick,
  ): Promise<RollbackOutcome> {
    const ageMs = ageOf(this.#parts.mount.clock, createdAt.getTime());
    if (!tick.immediate && !this.#attempts.isDue(id, ageMs)) return "keep";
    const isSeen = await withDeadline(tick, async (caller) => {
      // A write of config may be about to give the mount one of them back.
      using _owner = await this.#parts.locks.acquire([ownerLock(data)], caller.signal);
      const open = await this.#openSeeing(data, { token_ids: data.token_ids }, caller);
      const { tokenId = "" } = open ? await this.#parts.terraform.identity(open) : {};
      if (!open || tokenId === "") return false;
      // The one that the mount uses stays: the process may have died before it used the new one.
      for (const unused of data.token_ids.filter((used) => used !== "" && used !== tokenId))
        await deleteIfFound(open.client.tokens.delete(unused));
      return true;
    });
    if (isSeen) this.#attempts.forget(id);
    else this.#attempts.note(id, ageMs);
    return isSeen ? "done" : "keep";
  }

  /** Looks for a token that may have been created, and deletes it unless the mount uses it. */
  async deleteIfUnused(
    data: CreatedToken,
    caller: RequestCaller,
  ): Promise<"present" | "absent" | "unseen"> {
    const open = await this.#openSeeing(data, { tag: data.tag }, caller);
    if (!open) return "unseen";
    const identity = await this.#parts.terraform.identity(open);
    const lists = new TokenLists(open.client, identity);
    const id = (await lists.idsByTag({ kind: data.type, ...targetOf(data) })).get(data.tag);
    if (id === undefined) return "absent";
    // Of a token that the mount has given itself, config has the id.
    if (id !== identity.tokenId) await deleteIfFound(open.client.tokens.delete(id));
    return "present";
  }

  /** Only a mount that sees the owner's tokens learns from their absence. */
  async #openSeeing(
    owner: TokenOwner,
    token: Readonly<Record<string, unknown>>,
    caller: RequestCaller,
  ): Promise<OpenTerraform | undefined> {
    const { mount, terraform } = this.#parts;
    const config = await terraform.config();
    if (config && isHere(owner, config)) {
      const open = await terraform.open(caller);
      const identity = await terraform.identity(open);
      if (await KINDS[owner.type].sees(open.client, identity, targetOf(owner))) return open;
    }
    mount.logger.warn(
      "deleting an unused token of this mount failed: the mount has no token that can see it",
      {
        owner: named(owner),
        address: owner.address,
        ...token,
      },
    );
    return undefined;
  }
}

/** The owner, as a role would name it. */
export function targetOf({
  type,
  id,
}: {
  readonly type: "user" | "team";
  readonly id: string;
}): Target {
  return { ...NOBODY, ...(type === "team" ? { team_id: id } : { user_id: id }) };
}
