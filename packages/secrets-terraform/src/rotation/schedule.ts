import { f, type Input } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { encodeDuration, storedDuration } from "../stored-duration.ts";
import { isCron, nextTime } from "./cron.ts";

const MIN_PERIOD = 10;
const MIN_WINDOW = 3600;

/** When a token rotates by itself, in each path that takes it. */
export const rotationFields = {
  rotation_period: f.durationSecond({
    description: `How often the token is rotated automatically, at least ${MIN_PERIOD} seconds. 0, the default, disables it.`,
  }),
  rotation_schedule: f.string({
    description:
      'When the token is rotated automatically: a cron expression of five fields, in UTC, such as "0 3 * * SAT". Can\'t be combined with rotation_period.',
    maxLength: 128,
  }),
  rotation_window: f.durationSecond({
    description:
      "How long after its scheduled time a rotation may start, at least an hour. A rotation that misses the window waits for the next scheduled time. 0, the default, sets no limit.",
  }),
} as const;

/** When a token rotates. Durations are seconds; the empty string and 0 are "not set". */
export type Schedule = Required<Input<typeof rotationFields>>;

export const NO_SCHEDULE: Schedule = {
  rotation_period: 0,
  rotation_schedule: "",
  rotation_window: 0,
};

/** How a schedule is stored: its part of a larger entry. */
export const storedSchedule = {
  rotation_period: storedDuration,
  rotation_schedule: v.optional(v.string(), ""),
  rotation_window: storedDuration,
};

export function encodeSchedule({
  rotation_period,
  rotation_schedule,
  rotation_window,
}: Schedule): Schedule {
  return {
    rotation_period: encodeDuration(rotation_period),
    rotation_schedule,
    rotation_window: encodeDuration(rotation_window),
  };
}

/** The schedule alone, of something that has one. */
export function scheduleOf({
  rotation_period,
  rotation_schedule,
  rotation_window,
}: Schedule): Schedule {
  return { rotation_period, rotation_schedule, rotation_window };
}

export function isScheduled({ rotation_period, rotation_schedule }: Schedule): boolean {
  return rotation_period > 0 || rotation_schedule !== "";
}

/** What of a schedule is set, as a read shows it. */
export function shownSchedule({
  rotation_period,
  rotation_schedule,
  rotation_window,
}: Schedule): Partial<Schedule> {
  return {
    ...(rotation_period > 0 && { rotation_period }),
    ...(rotation_schedule !== "" && { rotation_schedule }),
    ...(rotation_window > 0 && { rotation_window }),
  };
}

/** Whether a write names any part of a schedule. */
export function writesSchedule(input: Partial<Schedule>): boolean {
  const { rotation_period, rotation_schedule, rotation_window } = input;
  return [rotation_period, rotation_schedule, rotation_window].some((sent) => sent !== undefined);
}

/**
 * What a write makes of a schedule: what wasn't sent stays, and a window goes with its schedule.
 */
export function mergeSchedule(current: Schedule, input: Partial<Schedule>): Schedule {
  const merged = scheduleOf({ ...current, ...input });
  const isCleared = input.rotation_schedule === "" && input.rotation_window === undefined;
  return isCleared ? { ...merged, rotation_window: 0 } : merged;
}

interface ScheduleRule {
  readonly text: string;
  readonly holds: (schedule: Schedule) => boolean;
}

/** What holds for every schedule that is stored; path-help prints the sentences. */
export const scheduleRules: readonly ScheduleRule[] = [
  {
    text: "rotation_period and rotation_schedule can't be combined",
    holds: ({ rotation_period, rotation_schedule }) =>
      rotation_period === 0 || rotation_schedule === "",
  },
  {
    text: `rotation_period must be at least ${MIN_PERIOD} seconds`,
    holds: ({ rotation_period }) => rotation_period === 0 || rotation_period >= MIN_PERIOD,
  },
  {
    text: "rotation_schedule must be a cron expression of five fields, in UTC, with a time in the future",
    holds: ({ rotation_schedule }) => rotation_schedule === "" || isCron(rotation_schedule),
  },
  {
    text: "rotation_window needs rotation_schedule",
    holds: ({ rotation_schedule, rotation_window }) =>
      rotation_window === 0 || rotation_schedule !== "",
  },
  {
    text: `rotation_window must be at least ${MIN_WINDOW} seconds`,
    holds: ({ rotation_window }) => rotation_window === 0 || rotation_window >= MIN_WINDOW,
  },
];

/**
 * When a token is to be rotated next: past if that is due.
 *
 * @param last When it was rotated, or created. All times are milliseconds since 1970.
 * @returns undefined for a schedule that isn't set, or never comes to pass.
 */
export function nextRotation(schedule: Schedule, last: number, now: number): number | undefined {
  const { rotation_period, rotation_schedule, rotation_window } = schedule;
  if (rotation_period > 0) return last + rotation_period * 1000;
  if (rotation_schedule === "") return undefined;
  // A time whose window has passed is missed: the first one that hasn't counts.
  const from = rotation_window > 0 ? Math.max(last, now - rotation_window * 1000 - 1) : last;
  return nextTime(rotation_schedule, from);
}

/**
 * The next rotation of a token that several schedules hold for: the earliest, and whose that is.
 */
export function earliestRotation(
  schedules: readonly Schedule[],
  last: number,
  now: number,
): { readonly at: number; readonly schedule: Schedule } | undefined {
  const rotations = schedules.flatMap((schedule) => {
    const at = nextRotation(schedule, last, now);
    return at === undefined ? [] : [{ at, schedule }];
  });
  return rotations.sort((a, b) => a.at - b.at)[0];
}

/** The time of a rotation as it is stored and returned: RFC 3339, with nanoseconds. */
export function rotationTime(now: number): string {
  return new Date(now).toISOString().replace("Z", "000000Z");
}
