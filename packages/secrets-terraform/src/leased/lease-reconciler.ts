import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import { type Mount, PluginError, type Tick } from "@vault-ts/vault-plugin";
import { Attempts, ageOf, isOver } from "../attempts.ts";
import { withDeadline } from "../caller.ts";
import { isSameAddress } from "../config/connection.ts";
import { KINDS } from "../kinds/index.ts";
import { named, ownerKey } from "../owner.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { deleteIfFound, fromUpstream, isNotFound } from "../upstream-error.ts";
import { isExpired, type LeaseEntries, type PendingLease } from "./lease-entry.ts";
import { withRoleOrganization } from "./role-organization.ts";
import { TokenLists } from "./token-lists.ts";

/** One round: the entries that are due, and the lists that are read for them. */
interface Round extends OpenTerraform {
  readonly lists: TokenLists;
  /** Whether nothing is left for later. */
  readonly immediate: boolean;
}

/**
 * Finds the tokens that were created, or may have been, and that no lease came to hold: by their
 * tags, and deletes them.
 */
export class LeaseReconciler {
  readonly #mount: Pick<Mount, "storage" | "clock" | "logger">;
  readonly #terraform: Terraform;
  readonly #entries: LeaseEntries;
  readonly #attempts = new Attempts();
  #rounds = 0;
  /** Whether entries wait for the mount to have a token, which was logged. */
  #isWaiting = false;

  constructor(
    mount: Pick<Mount, "storage" | "clock" | "logger">,
    terraform: Terraform,
    entries: LeaseEntries,
  ) {
    this.#mount = mount;
    this.#terraform = terraform;
    this.#entries = entries;
  }

  /**
   * Owners are reconciled side by side, and each round begins with another one: one that fails, or
   * hangs, delays no other.
   */
  async reconcile({ signal, immediate }: Tick): Promise<void> {
    const pending = await this.#entries.pending();
    const due = pending.filter(
      (lease) => immediate || this.#attempts.isDue(lease.tag, this.#ageMs(lease)),
    );
    if (due.length === 0) return;
    if (!(await this.#terraform.config())) {
      this.#waitForConfig(due.length);
      return;
    }
    this.#isWaiting = false;
    await withDeadline({ signal }, async (caller) => {
      const open = await this.#terraform.open(caller);
      const lists = new TokenLists(open.client, await this.#terraform.identity(open));
      const owners = rotated(byOwner(due), this.#rounds);
      this.#rounds += 1;
      await Promise.all(
        owners.map((leases) => this.#reconcileOwner({ ...open, lists, immediate }, leases)),
      );
    });
  }

  /** They stay due: that asks nothing of Terraform Cloud. */
  #waitForConfig(entries: number): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#mount.logger.warn(
      "finding orphaned tokens failed: this mount has no token; it is retried when it has one",
      { entries },
    );
  }

  async #reconcileOwner(round: Round, leases: readonly PendingLease[]): Promise<void> {
    const [first] = leases;
    if (!first) return;
    const kind = KINDS[first.kind];
    const owner = named(kind.ownerOf(first));
    try {
      const target = await withRoleOrganization(this.#mount, kind, first, first.role);
      const listed = await this.#listed(round, target);
      const ids = listed ?? new Map<string, string>();
      const missing: PendingLease[] = [];
      for (const lease of leases) {
        const id = ids.get(lease.tag);
        if (id === undefined) missing.push(lease);
        else await this.#delete(round.client, lease, id);
      }
      if (missing.length === 0) return;
      const isSeen = listed !== undefined && (await this.#sees(round, target));
      await this.#reconcileMissing(round, missing, isSeen);
    } catch (error) {
      const { message } = PluginError.from(fromUpstream(error));
      this.#mount.logger.error("finding orphaned tokens failed", { owner, error: message });
    }
  }

  /** The ids by their tags; undefined where the list isn't shown to the mount's token. */
  async #listed(
    { lists }: Round,
    lease: PendingLease,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      return await lists.idsByTag(lease);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #delete(client: TerraformCloud, lease: PendingLease, id: string): Promise<void> {
    const kind = KINDS[lease.kind];
    // It was in the list, so the mount's token sees it. If it isn't found, it was deleted since.
    await deleteIfFound(kind.delete(client, kind.ownerOf(lease), id));
    await this.#remove(lease.tag);
  }

  async #sees(round: Round, lease: PendingLease): Promise<boolean> {
    const identity = await this.#terraform.identity(round);
    return await KINDS[lease.kind].sees(round.client, identity, lease);
  }

  /** Those that no list has: they were never created, or may still be, or can't be seen. */
  async #reconcileMissing(
    round: Round,
    leases: readonly PendingLease[],
    isSeen: boolean,
  ): Promise<void> {
    for (const lease of leases) {
      const isHere = lease.address === "" || isSameAddress(lease.address, round.config.address);
      if (isSeen && isHere && (round.immediate || isOver(this.#ageMs(lease)))) {
        await this.#remove(lease.tag);
      } else if (isSeen && isHere) this.#attempts.note(lease.tag, this.#ageMs(lease));
      else if (isExpired(lease, this.#mount.clock.now(), round.client.serverTime())) {
        await this.#remove(lease.tag);
      } else
        this.#leave(
          lease,
          isHere
            ? "the mount's token lacks permission to see its owner"
            : "it was created at another address",
        );
    }
  }

  /** Keeps the entry of a token that can't be looked for, until the token has expired. */
  #leave(lease: PendingLease, why: string): void {
    const { tag, address, expired_at } = lease;
    const owner = named(KINDS[lease.kind].ownerOf(lease));
    this.#attempts.note(tag, this.#ageMs(lease));
    this.#mount.logger.warn(
      `finding an orphaned token failed: ${why}; it is retried until the token has expired`,
      {
        owner,
        tag,
        address,
        expired_at,
      },
    );
  }

  async #remove(tag: string): Promise<void> {
    await this.#entries.remove(tag);
    this.#attempts.forget(tag);
  }

  #ageMs({ begun }: PendingLease): number {
    return ageOf(this.#mount.clock, begun);
  }
}

function byOwner(leases: readonly PendingLease[]): readonly (readonly PendingLease[])[] {
  const owners = new Map<string, PendingLease[]>();
  for (const lease of leases) {
    const key = `${lease.kind} ${ownerKey(KINDS[lease.kind].ownerOf(lease))}`;
    const leasesOfOwner = owners.get(key) ?? [];
    leasesOfOwner.push(lease);
    owners.set(key, leasesOfOwner);
  }
  return [...owners.values()];
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
