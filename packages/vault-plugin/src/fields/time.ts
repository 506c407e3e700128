const WHOLE = /^[+-]?\d+$/;
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Parses a time in any notation that Vault accepts: RFC 3339, to the millisecond, or whole seconds
 * since 1970 as a number or a text.
 *
 * @returns undefined for anything else, for a day that its month doesn't have, and for what a
 * `Date` can't hold.
 */
export function parseTime(raw: unknown): Date | undefined {
  if (typeof raw === "number") return Number.isInteger(raw) ? validDate(raw * 1000) : undefined;
  if (typeof raw !== "string") return undefined;
  if (WHOLE.test(raw)) return validDate(Number(raw) * 1000);
  const [, year, month, day] = RFC_3339.exec(raw) ?? [];
  // A Date turns the 30th of February into the 2nd of March.
  const midnight = validDate(`${year}-${month}-${day}T00:00:00Z`);
  return midnight?.getUTCDate() === Number(day) ? validDate(raw) : undefined;
}

function validDate(from: string | number): Date | undefined {
  const date = new Date(from);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
