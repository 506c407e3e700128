import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** Calls of priority `high` go before those of priority `low`. */
export type Priority = "high" | "low";

export interface RateLimiterOptions {
  /** Calls in each window, until the server states another limit. */
  readonly limit: number;
  /** Milliseconds. */
  readonly windowMs: number;
  /** The longest that a call waits, in milliseconds. */
  readonly maxWaitMs: number;
  /** After so many milliseconds a call of low priority goes before later ones of high priority. */
  readonly patienceMs: number;
}

/** The limits of one wait. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** When it ends at the latest: a time of `performance.now()`, in milliseconds. */
  readonly deadline?: number;
  /** How long the call's earlier attempts have waited, in milliseconds. */
  readonly waitedMs?: number;
  /** When the call came, which is its place: a time of `performance.now()`; now by default. */
  readonly since?: number;
}

interface Waiting {
  readonly go: () => void;
  readonly priority: Priority;
  /** The call with the earliest time goes first. */
  readonly due: number;
}

/**
 * Keeps calls within a server's rate limit: so many in each sliding window of time. Calls of high
 * priority go first, except before those of low priority that have waited for `patienceMs`. Calls
 * of the same priority go in the order in which they came, and keep their place when they are
 * retried. Calls of low priority are spread evenly, so that one of high priority finds room at any
 * time, and not only at the end of a window.
 */
export class RateLimiter {
  readonly #windowMs: number;
  readonly #maxWaitMs: number;
  readonly #patienceMs: number;
  #limit: number;
  /** When the last calls went, oldest first. */
  #sent: number[] = [];
  #waiting: Waiting[] = [];
  #pausedUntil = 0;
  /** When the next call of low priority may go. */
  #lowAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ limit, windowMs, maxWaitMs, patienceMs }: RateLimiterOptions) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#maxWaitMs = maxWaitMs;
    this.#patienceMs = patienceMs;
  }

  /**
   * Sets the limit that the server states. At least one call goes in each window.
   *
   * @param limit Calls in each window; undefined if the server has no limit.
   */
  setLimit(limit: number | undefined): void {
    this.#limit = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(limit));
    this.#drain();
  }

  /** Stops all calls for some milliseconds, at most for the longest that a call waits. */
  pause(forMs: number): void {
    this.#pausedUntil = Math.max(
      this.#pausedUntil,
      performance.now() + Math.min(forMs, this.#maxWaitMs),
    );
  }

  /**
   * Waits until a call may go.
   *
   * @throws TerraformCloudError `rate_limited` after the longest wait, `timeout` at the deadline,
   * `aborted` if the signal is.
   */
  async acquire(
    priority: Priority,
    {
      signal,
      deadline = Number.POSITIVE_INFINITY,
      waitedMs = 0,
      since = performance.now(),
    }: WaitOptions = {},
  ): Promise<void> {
    if (signal?.aborted)
      throw new TerraformCloudError("aborted", "the request was canceled", { notApplied: true });
    await new Promise<void>((resolve, reject) => {
      const stop = (error: TerraformCloudError) => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        settle();
        reject(error);
      };
      const onAbort = () =>
        stop(new TerraformCloudError("aborted", "the request was canceled", { notApplied: true }));
      const now = performance.now();
      const end = Math.min(now + this.#maxWaitMs - waitedMs, deadline);
      const tooLate = setTimeout(
        () => stop(end === deadline ? pastDeadline() : limitedFor(this.#maxWaitMs)),
        end - now,
      );
      const settle = () => {
        clearTimeout(tooLate);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiting: Waiting = {
        priority,
        due: since + (priority === "low" ? this.#patienceMs : 0),
        go: () => {
          settle();
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const place = this.#waiting.findLastIndex(({ due }) => due <= waiting.due) + 1;
      this.#waiting.splice(place, 0, waiting);
      this.#drain();
    });
  }

  /** Lets go the calls that may, and sets a timer for the next one. */
  #drain(): void {
    clearTimeout(this.#timer);
    for (let [next] = this.#waiting; next; [next] = this.#waiting) {
      const now = performance.now();
      const waitMs = this.#opensAt(next.priority, now) - now;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#drain(), Math.ceil(waitMs));
        return;
      }
      this.#waiting.shift();
      this.#sent.push(now);
      // Counted from when it was due, so that delays of timers don't add up.
      if (next.priority === "low")
        this.#lowAt = Math.max(this.#lowAt, now - this.#spacingMs) + this.#spacingMs;
      next.go();
    }
  }

  /** Returns when the next call may go. */
  #opensAt(priority: Priority, now: number): number {
    this.#sent = this.#sent.filter((time) => time > now - this.#windowMs);
    const hasRoom = this.#sent.length < this.#limit;
    const [oldest = now] = hasRoom ? [] : this.#sent.slice(-this.#limit);
    return Math.max(
      this.#pausedUntil,
      hasRoom ? now : oldest + this.#windowMs,
      priority === "low" ? this.#lowAt : now,
    );
  }

  /** Milliseconds between two calls that are spread evenly. */
  get #spacingMs(): number {
    return this.#windowMs / this.#limit;
  }
}

function pastDeadline(): TerraformCloudError {
  return new TerraformCloudError(
    "timeout",
    "the time limit of the request passed while it waited for the rate limit",
    { notApplied: true },
  );
}

function limitedFor(ms: number): TerraformCloudError {
  return new TerraformCloudError("rate_limited", `rate limited for ${ms / 1000}s; try again later`);
}
