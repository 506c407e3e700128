import { TerraformCloudError } from "./terraform-cloud-error.ts";
import type { HttpRequest } from "./transport.ts";

/** After so many attempts it is not a matter of a moment. */
const MAX_TRIES = 4;

/** For calls that there were too many of: the server has room again each second. */
const MAX_TRIES_LIMITED = 20;

const FIRST_PAUSE_MS = 200;
const JITTER_MS = 100;

/**
 * How long to wait before a call is tried again, in milliseconds; undefined if it isn't to be.
 *
 * What there was no room for, or never left, has not been done, and can be tried again whatever it is. What failed on the way may have been done: it is tried again only
 * if doing it twice is the same as doing it once.
 *
 * @param tries How often it was tried.
 */
export function pauseBeforeRetry(
  error: unknown,
  method: HttpRequest["method"],
  tries: number,
): number | undefined {
  if (!(error instanceof TerraformCloudError)) return undefined;
  // The limiter makes the break.
  if (error.code === "rate_limited") return tries < MAX_TRIES_LIMITED ? 0 : undefined;
  const isTransient = error.code === "server_error" || error.code === "unreachable";
  const isSafe = method !== "POST" || error.notApplied;
  if (!isTransient || !isSafe || tries >= MAX_TRIES) return undefined;
  return FIRST_PAUSE_MS * 2 ** (tries - 1) + Math.random() * JITTER_MS;
}
