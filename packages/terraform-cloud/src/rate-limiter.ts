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
  /** The one with the earliest goes first. */
  readonly due: number;
}

/**
 * Lets calls pass at the rate that a server takes them: so many in each window of time, wherever it begins. Calls of high priority pass before those
 * of low priority, as long as these have patience, and otherwise first come, first served.
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
  #timer: NodeJS.Timeout | undefined;

  constructor({ limit, windowMs, maxWaitMs, patienceMs }: RateLimiterOptions) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#maxWaitMs = maxWaitMs;
    this.#patienceMs = patienceMs;
  }

  /** @param limit What the server has said; undefined if it has none. */
  learn(limit: number | undefined): void {
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#pass();
  }

  /** The server wants no calls for some milliseconds. */
  pause(forMs: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + forMs);
  }

  /**
   * Waits for a call's turn.
   *
   * @param waitedMs How long the call has waited already, for turns before.
   * @throws TerraformCloudError `rate_limited` if it would take too long, `aborted` if the signal is.
   */
  async turn(priority: Priority, signal: AbortSignal | undefined, waitedMs = 0): Promise<void> {
    if (signal?.aborted)
      throw new TerraformCloudError("aborted", "the request was cancelled", { isRefusal: true });
    await new Promise<void>((resolve, reject) => {
      const stop = (error: TerraformCloudError) => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        settle();
        reject(error);
      };
      const onAbort = () =>
        stop(new TerraformCloudError("aborted", "the request was cancelled", { isRefusal: true }));
      const tooLate = setTimeout(() => {
        const seconds = this.#maxWaitMs / 1000;
        stop(new TerraformCloudError("rate_limited", `too many requests: no turn within ${seconds} seconds`));
      }, this.#maxWaitMs - waitedMs);
      const settle = () => {
        clearTimeout(tooLate);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiting: Waiting = {
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
    const now = performance.now();
    this.#passed = this.#passed.filter((time) => time > now - this.#windowMs);
    while (now >= this.#pausedUntil && this.#passed.length < this.#limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#passed.push(now);
      next.go();
    }
    if (this.#waiting.length === 0) return;
    const [oldest = now] = this.#passed.slice(-this.#limit);
    const wait = Math.max(
      this.#pausedUntil - now,
      this.#passed.length < this.#limit ? 0 : oldest + this.#windowMs - now,
      1,
    );
    this.#timer = setTimeout(() => this.#pass(), Math.ceil(wait));
  }
}
