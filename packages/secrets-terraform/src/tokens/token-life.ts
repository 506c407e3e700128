import type { IssuedToken } from "@vault-ts/terraform-cloud";

/**
 * Seconds that a token surely works for: the clock of Terraform Cloud may be ahead of this server's, or behind.
 *
 * @param now Milliseconds since 1970, by this server's clock.
 */
export function secondsLeft(issued: IssuedToken, now: number): number {
  const leftMs = (issued.expiredAt?.getTime() ?? Number.POSITIVE_INFINITY) - now;
  return Math.min(leftMs, lifetimeOf(issued)) / 1000;
}

/** When a token that expires has expired for sure, by this server's clock, ISO 8601. */
export function latestEnd(issued: IssuedToken, now: number): string {
  return new Date(now + lifetimeOf(issued)).toISOString();
}

/** Milliseconds from its beginning to its end, both by the clock of Terraform Cloud. */
function lifetimeOf({ createdAt, expiredAt }: IssuedToken): number {
  return expiredAt ? expiredAt.getTime() - createdAt.getTime() : Number.POSITIVE_INFINITY;
}
