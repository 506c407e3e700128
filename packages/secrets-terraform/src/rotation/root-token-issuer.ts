import { type IssuedToken, type Outcome, outcomeOf } from "@vault-ts/terraform-cloud";
import { type Mount, type OpenWalEntry, PluginError, type TypedWal } from "@vault-ts/vault-plugin";
import { changeDeadline, isWorthRetrying, type RequestCaller } from "../caller.ts";
import { KINDS } from "../kinds/index.ts";
import { newTag, taggedDescription } from "../leased/token-tag.ts";
import type { Owner } from "../owner.ts";
import type { OpenTerraform } from "../terraform.ts";
import { fromUpstream } from "../upstream-error.ts";
import type { CreatedToken, RootTokenReconciler } from "./root-token-wal.ts";

/**
 * What tokens of users and teams that the mount creates for itself are called; a unique tag
 * follows.
 */
const DESCRIPTION = "Vault Terraform secrets engine root token";

/**
 * How long the mount's token lasts where explicit_max_ttl sets no limit, as Terraform Cloud's own
 * tokens do, in seconds.
 */
const TWO_YEARS = 2 * 365 * 24 * 3600;

/** An owner that can have several tokens, which descriptions tell apart. */
export interface NamedTokenOwner extends Owner {
  readonly type: "user" | "team";
}

/** A token that was created for the mount, with its WAL entry. */
export interface CreatedRoot {
  readonly issued: IssuedToken;
  readonly entry: OpenWalEntry<CreatedToken>;
}

/** Creates the tokens of users and teams that the mount uses itself. */
export class RootTokenIssuer {
  readonly #mount: Mount;
  readonly #wal: TypedWal<CreatedToken>;
  readonly #reconciler: RootTokenReconciler;

  constructor(mount: Mount, wal: TypedWal<CreatedToken>, reconciler: RootTokenReconciler) {
    this.#mount = mount;
    this.#wal = wal;
    this.#reconciler = reconciler;
  }

  /**
   * A creation of unknown outcome is reconciled at once, and tried again within request_timeout.
   *
   * @returns The token, and its WAL entry, which is the caller's.
   */
  async create(
    open: OpenTerraform,
    owner: NamedTokenOwner,
    caller: RequestCaller,
  ): Promise<CreatedRoot> {
    const deadline = changeDeadline(caller, open.config);
    const limited = { ...caller, deadline };
    const first = await this.#attempt(open, owner, limited);
    const isRetried = first.status === "unknown" && isWorthRetrying(caller, deadline);
    const outcome = isRetried ? await this.#attempt(open, owner, limited) : first;
    if (outcome.status !== "applied") throw outcome.error;
    return outcome.value;
  }

  /** WAL entry → create. */
  async #attempt(
    { client, config }: OpenTerraform,
    owner: NamedTokenOwner,
    caller: RequestCaller,
  ): Promise<Outcome<CreatedRoot>> {
    const { type, id } = owner;
    const tag = newTag(this.#mount.uuid);
    const expiredAt = new Date(
      this.#mount.clock.now() + (config.explicit_max_ttl || TWO_YEARS) * 1000,
    );
    const expired_at = expiredAt.toISOString();
    const planned = { type, id, address: config.address, tag, expired_at };
    const entry = await this.#wal.begin(this.#mount, planned);
    try {
      const description = taggedDescription(DESCRIPTION, tag);
      const outcome = await outcomeOf(
        KINDS[type].create(client.for(caller), owner, { description, expiredAt }),
      );
      if (outcome.status === "applied")
        return { status: "applied", value: { issued: outcome.value, entry } };
      if (outcome.status === "not applied") await entry.commit();
      else await this.#reconcileAtOnce(planned, entry, caller);
      entry[Symbol.dispose]();
      return outcome;
    } catch (error) {
      entry[Symbol.dispose]();
      throw error;
    }
  }

  /** A token that isn't found may still come: its entry stays. */
  async #reconcileAtOnce(
    planned: CreatedToken,
    entry: OpenWalEntry<CreatedToken>,
    caller: RequestCaller,
  ): Promise<void> {
    if (caller.signal.aborted) return;
    try {
      const found = await this.#reconciler.deleteIfUnused(planned, caller);
      if (found === "present") await entry.commit();
    } catch (error) {
      const { message } = PluginError.from(fromUpstream(error));
      this.#mount.logger.warn("cleaning up an orphaned token failed; the rollback retries it", {
        token: planned.tag,
        error: message,
      });
    }
  }
}
