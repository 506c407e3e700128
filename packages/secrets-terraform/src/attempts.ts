import type { Clock } from "@vault-ts/vault-plugin";

/**
 * Ages of an entry of unknown outcome, in seconds, at which the rollback attempts to reconcile it.
 * At the first, no request can be under way any more. Terraform Cloud may still carry out a request
 * long after it was given up, so later attempts follow.
 */
const AGES = [90, 300, 900] as const;

const [FIRST, , LAST] = AGES;

/**
 * Seconds that an entry is left alone: longer than a request, and a call to Terraform Cloud, can
 * last.
 */
export const FIRST_ATTEMPT = FIRST;

/**
 * Returns the age of an entry, in milliseconds. A clock that was set back since puts the entry in
 * the future. It is then as old as it is far away: it must not wait for that moment.
 *
 * @param begun Milliseconds since 1970.
 */
export function ageOf(clock: Clock, begun: number): number {
  return Math.abs(clock.now() - begun);
}

/** Whether nothing more can come of a request that was given up so long ago, in milliseconds. */
export function isOver(ageMs: number): boolean {
  return ageMs >= LAST * 1000;
}

/** The seconds between two attempts at an entry that is left after the last of these ages. */
const LATER_INTERVAL = 3600;

/**
 * Which entries of unknown outcome are due for an attempt. They are counted in memory alone:
 * another process begins again.
 */
export class Attempts {
  readonly #counts = new Map<string, number>();

  /** @param ageMs Milliseconds. */
  isDue(id: string, ageMs: number): boolean {
    const attempts = attemptsBy(ageMs);
    // Fewer than have been made: the clock was set back since, and counts again from there.
    return attempts > 0 && attempts !== this.#counts.get(id);
  }

  /** Notes that an attempt was made. */
  note(id: string, ageMs: number): void {
    this.#counts.set(id, attemptsBy(ageMs));
  }

  /** The entry is gone. */
  forget(id: string): void {
    this.#counts.delete(id);
  }
}

/** How many attempts are due by that age. */
function attemptsBy(ageMs: number): number {
  const later = Math.max(0, Math.floor((ageMs / 1000 - LAST) / LATER_INTERVAL));
  return AGES.filter((age) => ageMs >= age * 1000).length + later;
}
