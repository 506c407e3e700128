import { type Mount, PluginError } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import { storedKindOf } from "../kinds/index.ts";
import { named, type StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import { seesOwner } from "../stored/current-token.ts";
import { isHere, readStoredToken, type StoredToken } from "../stored/stored-token.ts";
import type { Terraform } from "../terraform.ts";
import { fromUpstream, isNotFound } from "../upstream-error.ts";
import { type Drift, isDead, readDrift, writeDrift } from "./drift-entry.ts";

type Finding = Pick<Drift, "drift" | "drift_reason" | "created_at">;

/** Asks Terraform Cloud what has become of stored tokens, and stores what it says. */
export class DriftChecker {
  readonly #mount: Pick<Mount, "storage" | "clock">;
  readonly #terraform: Terraform;
  readonly #index: OwnerIndex;

  constructor(mount: Pick<Mount, "storage" | "clock">, terraform: Terraform, index: OwnerIndex) {
    this.#mount = mount;
    this.#terraform = terraform;
    this.#index = index;
  }

  /**
   * Checks an owner's token. Nothing is locked: what is found holds for the token's id alone.
   *
   * @throws whatever ends the request; that Terraform Cloud can't be asked is what is found.
   */
  async check(owner: StoredOwner, caller: RequestCaller): Promise<void> {
    const { storage, clock } = this.#mount;
    const stored = await readStoredToken(storage, owner);
    if (!stored) return;
    const known = await readDrift(storage, owner, stored);
    const finding = await this.#findingOf(owner, stored, known, caller);
    // One that is dead doesn't come to life because Terraform Cloud can't be asked.
    if (finding.drift === "unknown" && known && isDead(known)) return;
    const current = await readStoredToken(storage, owner);
    if (current?.token_id !== stored.token_id) return;
    const checked_at = new Date(clock.now()).toISOString();
    await writeDrift(storage, owner, { ...finding, token_id: stored.token_id, checked_at });
  }

  async #findingOf(
    owner: StoredOwner,
    stored: StoredToken,
    known: Drift | undefined,
    caller: RequestCaller,
  ): Promise<Finding> {
    try {
      return await this.#ask(owner, stored, known, caller);
    } catch (error) {
      if (caller.signal.aborted) throw error;
      return unknown(PluginError.from(fromUpstream(error)).message);
    }
  }

  /**
   * One call; and once, when no token is shown any more, a second one that proves that there is
   * none.
   */
  async #ask(
    owner: StoredOwner,
    stored: StoredToken,
    known: Drift | undefined,
    caller: RequestCaller,
  ): Promise<Finding> {
    const open = await this.#terraform.open({ ...caller, priority: "low" });
    const { client, config } = open;
    if (!isHere(stored, config)) {
      return unknown(
        `the token was created at ${stored.address}, and this mount uses ${config.address}`,
      );
    }
    const kind = storedKindOf(owner);
    try {
      const { id, createdAt } = await kind.tokensOf(client).read(owner.id);
      if (id !== stored.token_id) return { drift: "replaced", drift_reason: "", created_at: "" };
      return { drift: "none", drift_reason: "", created_at: createdAt.toISOString() };
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    const isProven =
      known?.drift === "deleted" ||
      (await seesOwner(this.#terraform, this.#index, open, owner, stored));
    if (isProven) return { drift: "deleted", drift_reason: "", created_at: "" };
    return unknown(
      `${named(owner)} doesn't exist, or the mount's token lacks permission to manage its tokens`,
    );
  }
}

function unknown(drift_reason: string): Finding {
  return { drift: "unknown", drift_reason, created_at: "" };
}
