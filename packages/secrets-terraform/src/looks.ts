import type { Clock } from "@vault-ts/vault-plugin";

/**
 * Ages of an entry of unknown outcome, in seconds, at which it is looked at: when no request can be
 * under way any more, and later again, since Terraform Cloud may carry out what it was asked long
 * after the request was given up.
 */
const AGES = [90, 300, 900] as const;

const [FIRST, , LAST] = AGES;

/**
 * Seconds that an entry is left alone: longer than a request, and a call to Terraform Cloud, can
 * last.
 */
export const FIRST_LOOK = FIRST;

/**
 * The age of an entry, in milliseconds. One that was written in the future, by a clock that was set
 * back since, is as old as it is far away: it must not wait for that moment.
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

/** How often an entry is looked at that is left after the last of these ages, in seconds. */
const LATER_INTERVAL = 3600;

/**
 * Which entries of unknown outcome are due to be looked at. What was looked at is known to the
 * process alone: another one looks again.
 */
export class Looks {
  /** How many looks an entry has had. */
  readonly #counts = new Map<string, number>();

  /** @param ageMs Milliseconds. */
  isDue(id: string, ageMs: number): boolean {
    return looksBy(ageMs) > (this.#counts.get(id) ?? 0);
  }

  /** Whether nothing more can come of an entry that is looked at now. */
  isLast(ageMs: number): boolean {
    return isOver(ageMs);
  }

  /** Notes that an entry was looked at. */
  note(id: string, ageMs: number): void {
    this.#counts.set(id, looksBy(ageMs));
  }

  /** The entry is gone. */
  forget(id: string): void {
    this.#counts.delete(id);
  }
}

/** How many looks an entry of that age should have had. */
function looksBy(ageMs: number): number {
  const later = Math.max(0, Math.floor((ageMs / 1000 - LAST) / LATER_INTERVAL));
  return AGES.filter((age) => ageMs >= age * 1000).length + later;
}
