import { isWriteSafe, type Mount, PluginError } from "@vault-ts/vault-plugin";
import { fromUpstream } from "../upstream-error.ts";

/** What is rotated by a schedule. */
export interface Rotatable {
  /** Tells it from all others. */
  readonly key: string;
  /**
   * When it is due, in milliseconds since 1970; undefined while nothing is.
   *
   * @param now The same.
   */
  due(now: number): Promise<number | undefined>;
  /** Rotates it. @throws whatever went wrong. */
  rotate(signal: AbortSignal): Promise<void>;
  /** Keeps why it went wrong, for those who read it. */
  noteFailure(message: string, signal: AbortSignal): Promise<void>;
}

interface Planned {
  readonly item: Rotatable;
  /** When it is to be looked at, in milliseconds since 1970. */
  at: number;
  /** How often it has failed since it last went well. */
  failures: number;
}

/** How often a host has periodic work done, in milliseconds: what is due sooner needs a timer. */
const TICK_MS = 60_000;

/**
 * How long after the start of the process the first rotations are made that were missed, in
 * milliseconds: requests go first.
 */
const START_MS = 5000;

/** The pause after the first failure, and the longest one, in milliseconds. */
const PAUSES = { first: 10_000, longest: 600_000 };

/** Rotations that are under way at once. */
const LANES = 4;

/**
 * What can't be rotated at once, for want of time, isn't asked for without a pause, in
 * milliseconds.
 */
const MIN_DELAY_MS = 100;

/**
 * Rotates what is due, where the result can be stored: once a minute, and by one timer what is due
 * sooner. When each is due is kept in memory: looked at again only once that has come, so that an
 * item may move its time further away without a word.
 */
export class RotationScheduler {
  readonly #mount: Pick<Mount, "system" | "clock" | "logger">;
  readonly #load: () => Promise<void>;
  readonly #planned = new Map<string, Planned>();
  /** The keys of what is being rotated. */
  readonly #running = new Set<string>();
  readonly #end = new AbortController();
  #loaded: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What the timer is set for, in milliseconds since 1970. */
  #wakesAt = Number.POSITIVE_INFINITY;

  /** @param load Plans all that there is, before the first rotation. */
  constructor(mount: Pick<Mount, "system" | "clock" | "logger">, load: () => Promise<void>) {
    this.#mount = mount;
    this.#load = load;
  }

  /** The process begins: what was missed is caught up soon. */
  start(): void {
    this.#wakeAt(this.#mount.clock.now() + START_MS);
  }

  /** The mount goes. */
  stop(): void {
    this.#end.abort();
    clearTimeout(this.#timer);
  }

  /** Plans an item, which is new, or may be due sooner than it was. */
  async plan(item: Rotatable): Promise<void> {
    const now = this.#mount.clock.now();
    const at = (await item.due(now)) ?? now + TICK_MS;
    this.#planned.set(item.key, { item, at, failures: 0 });
    this.#wakeAt(at);
  }

  /** There is nothing to rotate any more. */
  forget(key: string): void {
    this.#planned.delete(key);
  }

  /**
   * Rotates what is due and isn't being rotated. Runs may overlap: a rotation that hangs keeps one
   * lane, and its run, but delays no other. What fails is logged, and tried again after a pause.
   *
   * @returns when the rotations that it has begun have ended.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { logger } = this.#mount;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    try {
      if (!(await isWriteSafe(this.#mount))) return;
      await this.#ensureLoaded();
    } catch (error) {
      logger.error("finding the tokens that are due for rotation failed", {
        error: PluginError.from(error).message,
      });
      this.#wakeAt(this.#mount.clock.now() + PAUSES.first);
      return;
    }
    const ending = AbortSignal.any([signal, this.#end.signal]);
    const lane = async () => {
      for (let next = this.#take(ending); next; next = this.#take(ending)) {
        await this.#rotate(next, ending);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  async #ensureLoaded(): Promise<void> {
    this.#loaded ??= this.#load().catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    await this.#loaded;
  }

  /** What is to be rotated now, if anything is. Sets the timer for what comes after it. */
  #take(signal: AbortSignal): Planned | undefined {
    const next = this.#earliest();
    const isDue = next !== undefined && next.at <= this.#mount.clock.now() && !signal.aborted;
    if (isDue) this.#running.add(next.item.key);
    const following = isDue ? this.#earliest() : next;
    if (following) this.#wakeAt(following.at);
    return isDue ? next : undefined;
  }

  /** What is due first and isn't being rotated; undefined while no lane is free for it. */
  #earliest(): Planned | undefined {
    if (this.#running.size >= LANES) return undefined;
    let earliest: Planned | undefined;
    for (const planned of this.#planned.values()) {
      if (this.#running.has(planned.item.key)) continue;
      if (!earliest || planned.at < earliest.at) earliest = planned;
    }
    return earliest;
  }

  async #rotate(planned: Planned, signal: AbortSignal): Promise<void> {
    const { item } = planned;
    const { clock, logger } = this.#mount;
    try {
      const due = await item.due(clock.now());
      if (due === undefined || due > clock.now()) {
        planned.at = due ?? clock.now() + TICK_MS;
        planned.failures = 0;
        return;
      }
      await item.rotate(signal);
      planned.failures = 0;
      planned.at = (await item.due(clock.now())) ?? clock.now() + TICK_MS;
      logger.info("rotated a token on schedule", { owner: item.key });
    } catch (error) {
      // The mount goes, or the tick has no time left: that is no failure, and the next one
      // continues with it.
      if (signal.aborted) return;
      await this.#failed(planned, PluginError.from(fromUpstream(error)).message, signal);
    } finally {
      this.#running.delete(item.key);
    }
  }

  async #failed(planned: Planned, message: string, signal: AbortSignal): Promise<void> {
    const { item, failures } = planned;
    const { clock, logger } = this.#mount;
    const pauseMs = Math.min(PAUSES.first * 2 ** failures, PAUSES.longest);
    planned.failures = failures + 1;
    planned.at = clock.now() + pauseMs;
    logger.warn("rotating a token on schedule failed", {
      owner: item.key,
      error: message,
      retry_seconds: pauseMs / 1000,
    });
    try {
      await item.noteFailure(message, signal);
    } catch (error) {
      logger.error("storing the rotation_error of a token failed", {
        owner: item.key,
        error: PluginError.from(error).message,
      });
    }
  }

  /** Sets the timer, unless it goes off sooner, or the next tick comes first. */
  #wakeAt(at: number): void {
    const delayMs = at - this.#mount.clock.now();
    if (at >= this.#wakesAt || delayMs >= TICK_MS || this.#end.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#wakesAt = at;
    this.#timer = setTimeout(
      () => void this.run(this.#end.signal),
      Math.max(delayMs, MIN_DELAY_MS),
    );
    this.#timer.unref();
  }
}
