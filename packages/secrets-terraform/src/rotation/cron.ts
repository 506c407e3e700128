import { Cron } from "croner";

/** Expressions whose last answer is kept. */
const MAX_KEPT = 1024;

/** For each expression: no time of it is after `from` and before `next`. */
const kept = new Map<string, { readonly from: number; readonly next: number }>();

/** Five fields as in a crontab: what the library takes beyond them is refused. */
const FIVE_FIELDS = /^[\w*,/-]+(?: +[\w*,/-]+){4}$/;

/** Whether it is a cron expression of five fields, some time of which is still to come. */
export function isCron(expression: string): boolean {
  if (!FIVE_FIELDS.test(expression) || /[LW]/i.test(expression.replace(/[A-Z]{3}/gi, "")))
    return false;
  return nextTime(expression, Date.now()) !== undefined;
}

/**
 * The first time of an expression, in UTC, after a moment. To find it takes 0.1 ms, so that the
 * last one is kept: readers ask for the same again and again.
 *
 * @param from Milliseconds since 1970, as the result is.
 * @returns undefined if there is none, or the expression can't be read: HashiCorp's engine takes
 *   some that the library doesn't, such as `TZ=UTC 0 3 * * *` and `5/15 * * * *`.
 */
export function nextTime(expression: string, from: number): number | undefined {
  const found = kept.get(expression);
  if (found && found.from <= from && from < found.next) return found.next;
  const next = firstTime(expression, from);
  if (next === undefined) return undefined;
  const [oldest] = kept.keys();
  if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(expression, { from, next });
  return next;
}

function firstTime(expression: string, from: number): number | undefined {
  try {
    const cron = new Cron(expression, { utcOffset: 0, mode: "5-part" });
    return cron.nextRun(new Date(from))?.getTime();
  } catch {
    return undefined;
  }
}
