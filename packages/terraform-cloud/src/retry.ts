import { TerraformCloudError } from "./terraform-cloud-error.ts";
import type { HttpRequest } from "./transport.ts";

/** The limit of attempts. */
const MAX_TRIES = 4;

/** The limit of attempts after a 429: the server has room again each second. */
const MAX_TRIES_LIMITED = 20;

const FIRST_PAUSE_MS = 200;
const JITTER_MS = 100;

/**
 * Returns how long to wait before a call is retried, in milliseconds; undefined if it must not be
 * retried.
 *
 * A call that was rate limited or never sent has not been applied, and any method can be retried. A
 * call that failed on the way may have been applied: it is retried only if it is idempotent.
 *
 * @param tries The number of attempts so far.
 */
export function pauseBeforeRetry(
  error: unknown,
  method: HttpRequest["method"],
  tries: number,
): number | undefined {
  if (!(error instanceof TerraformCloudError)) return undefined;
  // The limiter pauses.
  if (error.code === "rate_limited") return tries < MAX_TRIES_LIMITED ? 0 : undefined;
  const isTransient = error.code === "server_error" || error.code === "unreachable";
  const isSafe = method !== "POST" || error.notApplied;
  if (!isTransient || !isSafe || tries >= MAX_TRIES) return undefined;
  return FIRST_PAUSE_MS * 2 ** (tries - 1) + Math.random() * JITTER_MS;
}
