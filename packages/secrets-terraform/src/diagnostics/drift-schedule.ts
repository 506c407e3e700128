import { isWriteSafe, type Mount, PluginError, type Tick } from "@vault-ts/vault-plugin";
import { withDeadline } from "../caller.ts";
import type { Config } from "../config/config.ts";
import type { StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import { readStoredTokenIfValid } from "../stored/stored-token.ts";
import type { Terraform } from "../terraform.ts";
import type { DriftChecker } from "./drift-checker.ts";
import { isDead, readDrift } from "./drift-entry.ts";

/** How often a host has periodic work done, in seconds: a shorter period needs a timer. */
const TICK = 60;

/** What a timer may come too early by, in milliseconds. */
const TIMER_TOLERANCE_MS = 50;

/** Owners that are asked about at once: one that hangs delays no other. */
const LANES = 4;

/**
 * Checks stored tokens by drift_check_period, where what is found can be stored. Those that are
 * known to be dead stay so until they are rotated.
 */
export class DriftSchedule {
  readonly checker: DriftChecker;
  readonly #mount: Pick<Mount, "storage" | "clock" | "system" | "logger">;
  readonly #terraform: Terraform;
  readonly #index: OwnerIndex;
  readonly #end = new AbortController();
  #isRunning = false;
  /**
   * Before that nothing can be due, in milliseconds since 1970: until then a tick costs nothing.
   */
  #quietUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    mount: Pick<Mount, "storage" | "clock" | "system" | "logger">,
    terraform: Terraform,
    index: OwnerIndex,
    checker: DriftChecker,
  ) {
    this.#mount = mount;
    this.#terraform = terraform;
    this.#index = index;
    this.checker = checker;
  }

  /** A round, once a minute; nothing where the mount is being removed. */
  async run({ signal, immediate }: Tick): Promise<void> {
    if (!immediate) await this.#round(signal);
  }

  /** The configuration was written: another period holds from now on. */
  follow({ drift_check_period }: Pick<Config, "drift_check_period">): void {
    this.#quietUntil = 0;
    this.#arm(drift_check_period);
  }

  #arm(period: number): void {
    clearTimeout(this.#timer);
    if (period === 0 || period >= TICK || this.#end.signal.aborted) return;
    const delayMs = period * 1000 + TIMER_TOLERANCE_MS;
    this.#timer = setTimeout(() => void this.#roundByTimer(), delayMs);
    this.#timer.unref();
  }

  /** The mount goes. */
  stop(): void {
    this.#end.abort();
    clearTimeout(this.#timer);
  }

  async #roundByTimer(): Promise<void> {
    try {
      await this.#round(this.#end.signal);
    } catch (error) {
      if (this.#end.signal.aborted) return;
      this.#mount.logger.error("checking stored tokens for drift failed", {
        error: PluginError.from(error).message,
      });
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    if (!(await isWriteSafe(this.#mount))) return;
    const config = await this.#terraform.config();
    if (!config || this.#isRunning) return;
    this.#isRunning = true;
    try {
      if (config.drift_check_period > 0) await this.#checkDue(config.drift_check_period, signal);
    } finally {
      this.#isRunning = false;
      this.#arm(config.drift_check_period);
    }
  }

  async #checkDue(period: number, signal: AbortSignal): Promise<void> {
    const now = this.#mount.clock.now();
    // Of a clock that was set back, a time that was noted is no proof.
    if (now < this.#quietUntil && this.#quietUntil <= now + period * 1000) return;
    const due: StoredOwner[] = [];
    let next = now + period * 1000;
    for (const owner of await this.#index.owners()) {
      const leftMs = await this.#untilDue(owner, period);
      if (leftMs <= 0) due.push(owner);
      else next = Math.min(next, now + leftMs);
    }
    const isDone = due.length === 0 || (await this.#checkAll(due, signal));
    if (isDone) this.#quietUntil = next;
  }

  /**
   * @returns Whether all were checked; those that no time was left for are due at the next round.
   */
  async #checkAll(due: StoredOwner[], signal: AbortSignal): Promise<boolean> {
    return await withDeadline(
      { signal: AbortSignal.any([signal, this.#end.signal]) },
      async (caller) => {
        const lane = async () => {
          for (let owner = due.shift(); owner && !caller.signal.aborted; owner = due.shift()) {
            await this.checker.check(owner, caller).catch((error: unknown) => {
              if (!caller.signal.aborted) throw error;
            });
          }
        };
        await Promise.all(Array.from({ length: LANES }, lane));
        return !caller.signal.aborted;
      },
    );
  }

  /**
   * Milliseconds until an owner's token is to be checked; infinite for none, or one that is dead.
   */
  async #untilDue(owner: StoredOwner, period: number): Promise<number> {
    const { storage, clock } = this.#mount;
    const stored = await readStoredTokenIfValid(this.#mount, owner);
    if (!stored) return Number.POSITIVE_INFINITY;
    const known = await readDrift(storage, owner, stored);
    if (!known) return 0;
    if (isDead(known)) return Number.POSITIVE_INFINITY;
    return period * 1000 - Math.abs(clock.now() - Date.parse(known.checked_at));
  }
}
