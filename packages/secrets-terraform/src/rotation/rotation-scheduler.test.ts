import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Rotatable, RotationScheduler } from "./rotation-scheduler.ts";

const nothing = () => {};
const logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
const NEVER = new AbortController().signal;

let now: number;
let isStandby: boolean;
let isHostDown: boolean;
let rotated: string[];
let failures: string[];
let failing: boolean;
const loaded = new Map<string, Rotatable>();

const system = {
  async replicationState() {
    if (isHostDown) throw new Error("unavailable");
    return { standby: isStandby };
  },
} as never;
let scheduler: RotationScheduler;

/** Something that is rotated each so many seconds. */
function every(seconds: number, key = "a"): Rotatable {
  let last = now;
  return {
    key,
    due: async () => last + seconds * 1000,
    async rotate() {
      if (failing) throw new Error("no");
      rotated.push(`${key} at ${now / 1000}`);
      last = now;
    },
    noteFailure: async (message) => void failures.push(`${message} at ${now / 1000}`),
  };
}

/** Something that is due after five seconds, and whose rotation fails after so many more. */
function hang(key: string, seconds: number): Rotatable {
  return {
    ...every(5, key),
    rotate: () =>
      new Promise((_, reject) => {
        setTimeout(() => reject(new Error("no response")), seconds * 1000);
      }),
  };
}

/** Lets seconds pass, with a tick each minute. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    now += 1000;
    if (now % 60_000 === 0) void scheduler.run(NEVER);
    await vi.advanceTimersByTimeAsync(1000);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  now = 0;
  isStandby = false;
  isHostDown = false;
  failing = false;
  rotated = [];
  failures = [];
  loaded.clear();
  scheduler = new RotationScheduler({ system, logger, clock: { now: () => now } }, async () => {
    for (const item of loaded.values()) await scheduler.plan(item);
  });
});

afterEach(() => {
  scheduler.stop();
  vi.useRealTimers();
});

describe("a token that is due", () => {
  test("before the next tick is rotated by a timer", async () => {
    await scheduler.run(NEVER);
    await scheduler.plan(every(10));
    await pass(35);
    expect(rotated).toEqual(["a at 10", "a at 20", "a at 30"]);
  });

  test("is rotated ten seconds later if the host fails just then", async () => {
    await scheduler.run(NEVER);
    await scheduler.plan(every(10));
    await pass(9);
    isHostDown = true;
    await pass(1);
    isHostDown = false;
    await pass(25);
    expect(rotated).toEqual(["a at 20", "a at 30"]);
  });

  test("later is rotated by a tick or a timer, once", async () => {
    await scheduler.run(NEVER);
    await scheduler.plan(every(90));
    await pass(200);
    expect(rotated).toEqual(["a at 90", "a at 180"]);
  });

  test("when the process starts is rotated five seconds later", async () => {
    let isDue = true;
    loaded.set("a", {
      ...every(10),
      due: async () => (isDue ? -1 : undefined),
      rotate: async () => {
        isDue = false;
        rotated.push(`a at ${now / 1000}`);
      },
    });
    scheduler.start();
    await scheduler.plan(every(50, "b"));
    await pass(30);
    expect(rotated).toEqual(["a at 5"]);
  });

  test("sooner than that is rotated in time", async () => {
    scheduler.start();
    await scheduler.plan(every(3));
    await pass(4);
    expect(rotated).toEqual(["a at 3"]);
  });

  test("on a standby is left alone", async () => {
    isStandby = true;
    loaded.set("a", every(10));
    scheduler.start();
    await pass(200);
    expect(rotated).toEqual([]);
  });

  test("is left alone once the mount is removed", async () => {
    await scheduler.run(NEVER);
    await scheduler.plan(every(10));
    scheduler.stop();
    await pass(50);
    expect(rotated).toEqual([]);
  });

  test("and was rotated by a request waits for its new time", async () => {
    await scheduler.run(NEVER);
    const item = every(10);
    await scheduler.plan(item);
    await pass(8);
    await item.rotate(NEVER);
    await pass(9);
    expect(rotated).toEqual(["a at 8"]);
    await pass(1);
    expect(rotated).toEqual(["a at 8", "a at 18"]);
  });
});

describe("a rotation that fails", () => {
  test("is retried with growing pauses, up to ten minutes", async () => {
    await scheduler.run(NEVER);
    await scheduler.plan(every(10));
    failing = true;
    await pass(2500);
    const times = failures.map((failure) => Number(failure.split(" at ")[1]));
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
    failing = false;
    await pass(600);
    expect(rotated.length).toBeGreaterThan(0);
  });

  test("delays no other", async () => {
    await scheduler.run(NEVER);
    await scheduler.plan({ ...every(10, "b"), rotate: () => Promise.reject(new Error("no")) });
    await scheduler.plan(every(10));
    await pass(30);
    expect(rotated).toEqual(["a at 10", "a at 20", "a at 30"]);
  });

  test("after it hung is retried with the same pauses, and never runs twice at once", async () => {
    let underWay = 0;
    let most = 0;
    const hanging = hang("b", 80);
    await scheduler.run(NEVER);
    await scheduler.plan({
      ...hanging,
      async rotate(signal) {
        underWay += 1;
        most = Math.max(most, underWay);
        try {
          await hanging.rotate(signal);
        } finally {
          underWay -= 1;
        }
      },
    });
    await pass(300);
    expect(failures).toEqual(["no response at 85", "no response at 175", "no response at 275"]);
    expect(most).toBe(1);
  });

  test("while schedules are loaded is retried after ten seconds", async () => {
    let tries = 0;
    scheduler = new RotationScheduler({ system, logger, clock: { now: () => now } }, async () => {
      tries += 1;
      if (tries === 1) throw new Error("storage");
      await scheduler.plan(every(10));
    });
    scheduler.start();
    await pass(80);
    expect(tries).toBe(2);
    expect(rotated.slice(0, 2)).toEqual(["a at 25", "a at 35"]);
  });
});

describe("a rotation that hangs", () => {
  test("delays no other, and no tick", async () => {
    await scheduler.run(NEVER);
    await scheduler.plan(every(10));
    await scheduler.plan(hang("b", 80));
    await pass(60);
    expect(rotated).toEqual([10, 20, 30, 40, 50, 60].map((second) => `a at ${second}`));
  });

  test("delays others only as long as all lanes hang", async () => {
    await scheduler.run(NEVER);
    for (const [index, key] of ["b", "c", "d", "e"].entries())
      await scheduler.plan(hang(key, 20 + index));
    await scheduler.plan(every(10));
    await pass(30);
    expect(rotated).toEqual(["a at 25"]);
  });

  test("keeps the run that began it waiting, and no other", async () => {
    await scheduler.run(NEVER);
    await scheduler.plan(hang("b", 80));
    now += 5000;
    let isOver = false;
    const first = scheduler.run(NEVER).then(() => {
      isOver = true;
    });
    await scheduler.run(NEVER);
    expect(isOver).toBe(false);
    now += 80_000;
    await vi.advanceTimersByTimeAsync(80_000);
    await first;
    expect(failures).toEqual(["no response at 85"]);
  });

  test("and is aborted with its tick begins again without a pause", async () => {
    await scheduler.run(NEVER);
    const tick = new AbortController();
    await scheduler.plan({
      ...every(10),
      rotate: (signal) =>
        new Promise((_resolve, reject) => {
          rotated.push(`a at ${now / 1000}`);
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    });
    now += 10_000;
    const run = scheduler.run(tick.signal);
    await vi.advanceTimersByTimeAsync(0);
    tick.abort();
    await run;
    await pass(1);
    expect([rotated, failures]).toEqual([["a at 10", "a at 11"], []]);
  });
});

test("a tick with a thousand items of which none is due takes no time", async () => {
  for (let index = 0; index < 1000; index += 1) loaded.set(`${index}`, every(3600, `${index}`));
  await scheduler.run(NEVER);
  const begun = process.cpuUsage();
  for (let ticks = 0; ticks < 10; ticks += 1) await scheduler.run(NEVER);
  const { user, system: kernel } = process.cpuUsage(begun);
  expect((user + kernel) / 10_000).toBeLessThan(50);
});
