/**
 * How long before its expiry a token is worth a word, in milliseconds: as Terraform Cloud itself
 * begins to tell by mail.
 */
const SOON_MS = 30 * 24 * 3600 * 1000;

/**
 * What a user should know of a token that will soon expire, or has.
 *
 * @param what Which token, in words that begin a sentence.
 * @param expiredAt ISO 8601; empty if it isn't known, or never.
 * @param now Milliseconds since 1970.
 */
export function expiryWarning(
  what: string,
  expiredAt: string,
  now: number,
  remedy: string,
): readonly string[] {
  if (expiredAt === "") return [];
  const left = Date.parse(expiredAt) - now;
  if (left > SOON_MS) return [];
  return [`${what} ${left > 0 ? "expires" : "expired"} at ${expiredAt}: ${remedy}`];
}
