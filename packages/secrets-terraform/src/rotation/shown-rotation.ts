import { expiryWarning } from "../expiry-warning.ts";
import type { StoredToken } from "../stored/stored-token.ts";
import { shownSchedule } from "./schedule.ts";
import { nextOf } from "./stored-rotations.ts";

/**
 * What creds return about a stored token that is rotated by itself: the names that Vault Secrets
 * Operator reads; nothing of one that isn't.
 */
export function shownRotation(stored: StoredToken, now: number) {
  const next = nextOf(stored, now);
  if (!next) return {};
  return {
    last_vault_rotation: stored.last_vault_rotation,
    ...shownSchedule({ ...next.schedule, rotation_window: 0 }),
    ttl: Math.max(0, Math.ceil((next.at - now) / 1000)),
  };
}

/**
 * What a reader should know of a stored token.
 *
 * @param name The role's.
 */
export function rotationWarnings(
  stored: StoredToken,
  name: string,
  now: number,
): readonly string[] {
  const { rotation_error, expired_at } = stored;
  const next = nextOf(stored, now);
  const isRotatedInTime = next !== undefined && next.at < Date.parse(expired_at);
  return [
    ...(isRotatedInTime
      ? []
      : expiryWarning("this token", expired_at, now, `write to rotate-role/${name}`)),
    ...(rotation_error === ""
      ? []
      : [
          `rotating this token failed: ${rotation_error}; it is retried automatically, or write to rotate-role/${name}`,
        ]),
  ];
}
