import type { IssuedToken } from "@vault-ts/terraform-cloud";

/**
 * Seconds that a token surely works for: the clock of Terraform Cloud may be ahead of this
 * server's, or behind.
 *
 * @param now Milliseconds since 1970, by this server's clock.
 */
export function secondsLeft({ createdAt, expiredAt }: IssuedToken, now: number): number {
  if (!expiredAt) return Number.POSITIVE_INFINITY;
  const [leftMs, lifetimeMs] = [
    expiredAt.getTime() - now,
    expiredAt.getTime() - createdAt.getTime(),
  ];
  return Math.min(leftMs, lifetimeMs) / 1000;
}
