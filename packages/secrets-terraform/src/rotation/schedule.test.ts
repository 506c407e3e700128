import { describe, expect, test } from "vitest";
import {
  earliestRotation,
  mergeSchedule,
  nextRotation,
  rotationTime,
  scheduleRules,
} from "./schedule.ts";

const NONE = { rotation_period: 0, rotation_schedule: "", rotation_window: 0 };
const at = (time: string) => Date.parse(`2026-${time}Z`);
/** 2026-11-26 is a Thursday. */
const saturdays = { ...NONE, rotation_schedule: "0 3 * * SAT" };

describe("the next rotation", () => {
  test.for<
    [
      name: string,
      schedule: Partial<typeof NONE>,
      last: string,
      now: string,
      next: string | undefined,
    ]
  >([
    ["never comes without a schedule", {}, "11-26T00:00:00", "11-26T00:00:00", undefined],
    [
      "comes a period after the last",
      { rotation_period: 90 },
      "11-26T00:00:00",
      "11-26T00:00:10",
      "11-26T00:01:30",
    ],
    [
      "is past where it is due",
      { rotation_period: 90 },
      "11-26T00:00:00",
      "11-27T00:00:00",
      "11-26T00:01:30",
    ],
    [
      "comes at the schedule's time, in UTC",
      saturdays,
      "11-26T00:00:00",
      "11-26T00:00:00",
      "11-28T03:00:00",
    ],
    [
      "is the time after a rotation at a time",
      saturdays,
      "11-28T03:00:00",
      "11-28T03:00:01",
      "12-05T03:00:00",
    ],
    ["that was missed is due", saturdays, "11-26T00:00:00", "11-30T00:00:00", "11-28T03:00:00"],
    [
      "that was missed is due within its window",
      { ...saturdays, rotation_window: 3600 },
      "11-26T00:00:00",
      "11-28T04:00:00",
      "11-28T03:00:00",
    ],
    [
      "that was missed with its window is the one after it",
      { ...saturdays, rotation_window: 3600 },
      "11-26T00:00:00",
      "11-28T04:00:01",
      "12-05T03:00:00",
    ],
  ])("%s", ([, schedule, last, now, next]) => {
    expect(nextRotation({ ...NONE, ...schedule }, at(last), at(now))).toBe(next && at(next));
  });

  test("is the same in any order of questions", () => {
    const moments = [
      "12-05T04:00:00",
      "11-26T00:00:00",
      "11-28T03:00:00",
      "11-28T02:59:59",
      "11-26T00:00:01",
    ];
    expect(moments.map((moment) => nextRotation(saturdays, at(moment), at(moment)))).toEqual(
      [
        "12-12T03:00:00",
        "11-28T03:00:00",
        "12-05T03:00:00",
        "11-28T03:00:00",
        "11-28T03:00:00",
      ].map(at),
    );
  });

  test.for(["TZ=UTC 0 3 * * *", "CRON_TZ=UTC 0 3 * * *", "5/15 * * * *", "0 0 31 2 *"])(
    "never comes by %s, which only HashiCorp's engine stores",
    (rotation_schedule) => {
      const schedule = { ...NONE, rotation_schedule, rotation_window: 3600 };
      expect(nextRotation(schedule, at("11-26T00:00:00"), at("11-27T00:00:00"))).toBeUndefined();
    },
  );

  test("of several schedules is the earliest", () => {
    const [last, now] = [at("11-26T00:00:00"), at("11-26T00:00:00")];
    const daily = { ...NONE, rotation_period: 86_400 };
    expect(earliestRotation([saturdays, daily], last, now)).toEqual({
      at: at("11-27T00:00:00"),
      schedule: daily,
    });
    expect(earliestRotation([], last, now)).toBeUndefined();
  });
});

describe("a write", () => {
  const windowed = { ...saturdays, rotation_window: 3600 };
  test.for<[name: string, input: Partial<typeof NONE>, merged: typeof NONE]>([
    ["keeps what it doesn't name", {}, windowed],
    ["that clears the schedule clears its window", { rotation_schedule: "" }, NONE],
    [
      "replaces the schedule alone",
      { rotation_schedule: "0 4 * * *" },
      { ...windowed, rotation_schedule: "0 4 * * *" },
    ],
    ["that clears the window keeps the schedule", { rotation_window: 0 }, saturdays],
    [
      "goes over to a period",
      { rotation_schedule: "", rotation_period: 60 },
      { ...NONE, rotation_period: 60 },
    ],
  ])("%s", ([, input, merged]) => {
    expect(mergeSchedule(windowed, input)).toEqual(merged);
  });
});

test.for<[schedule: Partial<typeof NONE>, rule: string | undefined]>([
  [{}, undefined],
  [{ rotation_period: 10 }, undefined],
  [{ rotation_period: 9 }, "rotation_period must be at least 10 seconds"],
  [
    { rotation_period: 60, rotation_schedule: "0 3 * * *" },
    "rotation_period and rotation_schedule can't be combined",
  ],
  [{ rotation_window: 3600 }, "rotation_window needs rotation_schedule"],
  [{ rotation_schedule: "0 3 * * *", rotation_window: 3600 }, undefined],
  [
    { rotation_schedule: "0 3 * * *", rotation_window: 3599 },
    "rotation_window must be at least 3600 seconds",
  ],
  ...["*/15 * * * *", "0 0 * jul wed", "0 0 1,15 * MON-FRI", "0 0 29 2 *"].map(
    (rotation_schedule) => [{ rotation_schedule }, undefined] as [object, undefined],
  ),
  ...[
    "@daily",
    "0 0 L * *",
    "0 0 * * FRIL",
    "0 0 15W * *",
    "* * * * * *",
    "0 3 * *",
    "61 * * * *",
    "0 0 31 2 *",
    "every day",
    "? * * * *",
    "0 3 * * *\n",
  ].map(
    (rotation_schedule) =>
      [
        { rotation_schedule },
        "rotation_schedule must be a cron expression of five fields, in UTC, with a time in the future",
      ] as [object, string],
  ),
])("%j breaks %s", ([schedule, rule]) => {
  const broken = scheduleRules.filter(({ holds }) => !holds({ ...NONE, ...schedule }));
  expect(broken.map(({ text }) => text)).toEqual(rule === undefined ? [] : [rule]);
});

test("the time of a rotation has nanoseconds", () => {
  expect(rotationTime(at("11-26T00:00:00.123"))).toBe("2026-11-26T00:00:00.123000000Z");
});
