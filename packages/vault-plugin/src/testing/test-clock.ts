import type { Clock } from "../mount.ts";

/** A clock that moves only when a test moves it. It starts at the current second. */
export class TestClock implements Clock {
  #now = Math.floor(Date.now() / 1000) * 1000;

  now(): number {
    return this.#now;
  }

  /** @param time Milliseconds since 1970. */
  set(time: number): void {
    this.#now = time;
  }
}
