import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { type Replacement, replaceBuiltins } from "./builtins.ts";

class Timer {
  readonly at: number;
  readonly fire: () => void;
  isCancelled = false;

  constructor(at: number, fire: () => void) {
    this.at = at;
    this.fire = fire;
  }

  /** Whether a timer keeps the process alive is nothing to a time that is told to pass. */
  unref(): this {
    return this;
  }
}

const { setImmediate: soon } = globalThis;

/** Each history begins at this moment, by the calendar. */
const CALENDAR_START = Date.parse("2030-01-01T00:00:00Z");

/** Histories begin at multiples of this, of `performance.now`. */
const MONOTONIC_STEP = 2 ** 22;

/**
 * By `performance.now`, when the next history begins: what a process keeps across histories never
 * sees that go back. At multiples of one power of two, and far below the next larger one, sums with
 * fractions of milliseconds are rounded alike in each history.
 */
let monotonicStart = 2 ** 40;

/**
 * Time that passes only when it is told to: all timers of the process, its clocks, and the signals
 * of time limits follow it.
 */
export class VirtualTime implements Disposable {
  readonly #monotonicStart = monotonicStart;
  readonly #timers: Timer[] = [];
  readonly #restore: () => void;
  #elapsed = 0;
  /** Told of each step. */
  onStep: () => void = () => {};

  constructor() {
    this.#restore = replaceBuiltins(this.#replacements());
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return CALENDAR_START + this.#elapsed;
  }

  /** Milliseconds since its beginning. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /**
   * Lets time pass, with all that happens in it, in the order of the clock; what is due together in
   * the order that it was asked for.
   */
  async pass(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    for (;;) {
      // All promises that can go on have gone on when the event loop comes round.
      await new Promise((resolve) => soon(resolve));
      const [next] = this.#timers;
      if (!next || next.at > end) break;
      this.#timers.shift();
      if (next.isCancelled) continue;
      this.#goTo(next.at);
      next.fire();
    }
    this.#goTo(end);
  }

  async sleep(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => this.#add(resolve, ms));
  }

  /** As `setTimeout` of node:timers/promises. */
  async #wait<T>(
    ms: number,
    value: T,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const abort = () => {
        timer.isCancelled = true;
        reject(new DOMException("The operation was aborted", "AbortError"));
      };
      const timer = this.#add(() => {
        signal?.removeEventListener("abort", abort);
        resolve(value);
      }, ms);
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  [Symbol.dispose](): void {
    const steps = Math.ceil(this.#elapsed / MONOTONIC_STEP) + 1;
    monotonicStart = this.#monotonicStart + steps * MONOTONIC_STEP;
    this.#restore();
  }

  #goTo(elapsed: number): void {
    this.#elapsed = elapsed;
    this.onStep();
  }

  #add(fire: () => void, ms = 0): Timer {
    const timer = new Timer(this.#elapsed + Math.max(0, ms), fire);
    const place = this.#timers.findLastIndex(({ at }) => at <= timer.at) + 1;
    this.#timers.splice(place, 0, timer);
    return timer;
  }

  #replacements(): readonly Replacement[] {
    const setTimeout = (fire: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
      this.#add(() => fire(...args), ms);
    const clearTimeout = (timer: Timer | undefined) => {
      if (timer) timer.isCancelled = true;
    };
    const timeout = (ms: number) => {
      const controller = new AbortController();
      this.#add(() => controller.abort(new DOMException("timed out", "TimeoutError")), ms);
      return controller.signal;
    };
    return [
      ...[globalThis, timers].flatMap((owner): Replacement[] => [
        [owner, "setTimeout", setTimeout],
        [owner, "clearTimeout", clearTimeout],
      ]),
      [timersPromises, "setTimeout", this.#wait.bind(this)],
      [AbortSignal, "timeout", timeout],
      [performance, "now", () => this.#monotonicStart + this.#elapsed],
      [Date, "now", () => this.now],
    ];
  }
}
