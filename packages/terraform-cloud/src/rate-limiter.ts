import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** Calls that go first, and calls that have time. */
export type Priority = "high" | "low";

export interface RateLimiterOptions {
  /** Calls in each window, as long as the server hasn't said how many. */
  readonly limit: number;
  /** Milliseconds. */
  readonly windowMs: number;
  /** The longest that a call waits for its turns, in milliseconds. */
  readonly maxWaitMs: number;
  /** After so many milliseconds a call of low priority goes before those of high priority that come later. */
  readonly patienceMs: number;
}

interface Waiting {
  readonly go: () => void;
  readonly priority: Priority;
  /** The one with the earliest goes first. */
  readonly due: number;
}

/**
 * Lets calls pass at the rate that a server takes them: so many in each window of time, wherever it begins. Calls of high priority pass before those
 * of low priority, as long as these have patience, and otherwise first come, first served. Those of low priority pass evenly spread, so that one of high
 * priority finds room at any moment, and not only when a window ends.
 */
export class RateLimiter {
  readonly #windowMs: number;
  readonly #maxWaitMs: number;
  readonly #patienceMs: number;
  #limit: number;
  /** When the last calls passed, oldest first. */
  #passed: number[] = [];
  #waiting: Waiting[] = [];
  #pausedUntil = 0;
  /** When the next call of low priority may pass. */
  #lowAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ limit, windowMs, maxWaitMs, patienceMs }: RateLimiterOptions) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#maxWaitMs = maxWaitMs;
    this.#patienceMs = patienceMs;
  }

  /** @param limit What the server has said; undefined if it has none. One call at a time is always let pass. */
  learn(limit: number | undefined): void {
    this.#limit = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(limit));
    this.#pass();
  }

  /** The server wants no calls for some milliseconds: of more than a call waits for, no more is believed. */
  pause(forMs: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + Math.min(forMs, this.#maxWaitMs));
  }

  /**
   * Waits for a call's turn.
   *
   * @param waitedMs How long the call has waited already, for turns before.
   * @throws TerraformCloudError `rate_limited` if it would take too long, `aborted` if the signal is.
   */
  async turn(priority: Priority, signal: AbortSignal | undefined, waitedMs = 0): Promise<void> {
    if (signal?.aborted)
      throw new TerraformCloudError("aborted", "the request was cancelled", { notApplied: true });
    await new Promise<void>((resolve, reject) => {
      const stop = (error: TerraformCloudError) => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        settle();
        reject(error);
      };
      const onAbort = () =>
        stop(new TerraformCloudError("aborted", "the request was cancelled", { notApplied: true }));
      const tooLate = setTimeout(() => {
        const seconds = this.#maxWaitMs / 1000;
        stop(new TerraformCloudError("rate_limited", `too many requests: no turn within ${seconds} seconds`));
      }, this.#maxWaitMs - waitedMs);
      const settle = () => {
        clearTimeout(tooLate);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiting: Waiting = {
        priority,
        due: performance.now() + (priority === "low" ? this.#patienceMs : 0),
        go: () => {
          settle();
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const place = this.#waiting.findLastIndex(({ due }) => due <= waiting.due) + 1;
      this.#waiting.splice(place, 0, waiting);
      this.#pass();
    });
  }

  /** Lets pass whoever may, and comes back when the next one may. */
  #pass(): void {
    clearTimeout(this.#timer);
    for (let [next] = this.#waiting; next; [next] = this.#waiting) {
      const now = performance.now();
      const waitMs = this.#opensAt(next.priority, now) - now;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pass(), Math.ceil(waitMs));
        return;
      }
      this.#waiting.shift();
      this.#passed.push(now);
      // From when it was due, lest the timers' delays add up.
      if (next.priority === "low")
        this.#lowAt = Math.max(this.#lowAt, now - this.#spacingMs) + this.#spacingMs;
      next.go();
    }
  }

  /** When the next call may pass. */
  #opensAt(priority: Priority, now: number): number {
    this.#passed = this.#passed.filter((time) => time > now - this.#windowMs);
    const hasRoom = this.#passed.length < this.#limit;
    const [oldest = now] = hasRoom ? [] : this.#passed.slice(-this.#limit);
    return Math.max(
      this.#pausedUntil,
      hasRoom ? now : oldest + this.#windowMs,
      priority === "low" ? this.#lowAt : now,
    );
  }

  /** Milliseconds between two calls, were they evenly spread. */
  get #spacingMs(): number {
    return this.#windowMs / this.#limit;
  }
}
