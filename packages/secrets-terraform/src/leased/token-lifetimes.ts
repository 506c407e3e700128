import type { IssuedToken, TerraformCloud } from "@vault-ts/terraform-cloud";
import { type Mount, PluginError, requireActiveNode } from "@vault-ts/vault-plugin";
import { explainNotFound } from "../kinds/explain-not-found.ts";
import type { AnyLeasedKind, LeasedType, Owner } from "../kinds/index.ts";
import { ownerKey } from "../owner.ts";
import { type LeaseBounds, leaseTerms } from "./lease-terms.ts";

/**
 * Seconds that a token outlives the longest possible lease: the time that it takes to create the
 * token, to answer, and to store the lease. With none, no lease could be as long as its role says.
 */
const ALLOWANCE = 5;

/** Milliseconds for which tokens have no allowance: then the policy may have been relaxed. */
const EXACT_MS = 3_600_000;

/** A token that is about to be created. */
interface PlannedToken {
  readonly client: TerraformCloud;
  readonly type: LeasedType;
  readonly kind: AnyLeasedKind;
  readonly owner: Owner;
  readonly bounds: LeaseBounds;
}

/** Seconds from the request for a token to its expiry: the longest lease, and the allowance. */
export function lifetimeWithAllowance(bounds: LeaseBounds): number {
  return leaseTerms(bounds).maxTtl + ALLOWANCE;
}

/** The error of a token whose longest lease is more than its organization allows. */
export function ttlRejected(): PluginError {
  return new PluginError(
    "bad_request",
    "the organization's token TTL policy rejects this lifetime: lower max_ttl or explicit_max_ttl",
  );
}

/**
 * How long leased tokens are created for: some seconds more than the longest lease, or just as long
 * where the organization's TTL policy allows no more.
 */
export class TokenLifetimes {
  readonly #mount: Pick<Mount, "clock" | "system">;
  /** Until when they have no allowance, in milliseconds since 1970, by {@link keyOf}. */
  readonly #exactUntil = new Map<string, number>();

  constructor(mount: Pick<Mount, "clock" | "system">) {
    this.#mount = mount;
  }

  /**
   * Seconds that a token is created for at first. Where a token doesn't show that its
   * policy rejects it, that is asked for.
   *
   * @throws PluginError `bad_request` if the policy allows less than the longest lease.
   */
  async first(planned: PlannedToken): Promise<number> {
    const { client, kind, owner, bounds } = planned;
    const { maxTtl } = leaseTerms(bounds);
    if ((this.#exactUntil.get(keyOf(planned)) ?? 0) > this.#mount.clock.now())
      return maxTtl - this.#secondsAhead(client);
    if (!kind.longestLifetime) return lifetimeWithAllowance(bounds);
    // The lease's entry, which fails on a standby too, comes only after this call.
    await requireActiveNode(this.#mount);
    const longestMs = await kind.longestLifetime(client, owner).catch((error: unknown) => {
      throw explainNotFound(kind, owner, error);
    });
    if (longestMs === undefined) return lifetimeWithAllowance(bounds);
    if (maxTtl * 1000 > longestMs) throw ttlRejected();
    const allowed = longestMs / 1000 - this.#secondsAhead(client);
    return Math.min(lifetimeWithAllowance(bounds), allowed);
  }

  /**
   * Seconds that another token is created for, after one that was rejected. They count from the
   * rejected one's creation by Terraform Cloud's clock, so that a difference of the clocks doesn't
   * make it live longer than the longest lease.
   */
  afterRejection({ bounds }: PlannedToken, rejected: IssuedToken): number {
    const sinceMs = this.#mount.clock.now() - rejected.createdAt.getTime();
    return leaseTerms(bounds).maxTtl - Math.max(0, sinceMs) / 1000;
  }

  /** Notes that a token without an allowance was accepted: the next ones are created so at once. */
  remember(planned: PlannedToken): void {
    this.#exactUntil.set(keyOf(planned), this.#mount.clock.now() + EXACT_MS);
  }

  /** By how much this server's clock is ahead of Terraform Cloud's, by which a policy counts. */
  #secondsAhead(client: TerraformCloud): number {
    const now = this.#mount.clock.now();
    return Math.max(0, now - (client.serverTime() ?? now)) / 1000;
  }
}

/** What a policy may treat alike: the owner's tokens of one lifetime. */
function keyOf({ type, owner, bounds }: PlannedToken): string {
  return `${type} ${ownerKey(owner)} ${leaseTerms(bounds).maxTtl}`;
}
