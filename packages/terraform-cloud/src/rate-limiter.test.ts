import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Priority, RateLimiter } from "./rate-limiter.ts";

const WINDOW_MS = 100;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const limiterOf = (limit: number, maxWaitMs = 5000) =>
  new RateLimiter({ limit, windowMs: WINDOW_MS, maxWaitMs, patienceMs: 350 });

/** Lets some calls wait. @returns when each went, in milliseconds from now. */
async function turnsOf(limiter: RateLimiter, calls: number): Promise<readonly number[]> {
  const start = performance.now();
  const turns = Array.from({ length: calls }, async () => {
    await limiter.acquire("high");
    return performance.now() - start;
  });
  await vi.advanceTimersByTimeAsync(5000);
  return await Promise.all(turns);
}

/** Records the names of calls in the order in which they go. */
function noted(limiter: RateLimiter): {
  readonly order: readonly string[];
  call(name: string, priority: Priority, waitedMs?: number): void;
} {
  const order: string[] = [];
  return {
    order,
    call: (name, priority, waitedMs = 0) =>
      void limiter
        .acquire(priority, { since: performance.now() - waitedMs })
        .then(() => order.push(name)),
  };
}

test("no more calls than the limit go in any window of time", async () => {
  const limiter = limiterOf(5);
  expect(await turnsOf(limiter, 12)).toEqual([0, 0, 0, 0, 0, 100, 100, 100, 100, 100, 200, 200]);
});

test("a window begins with each call", async () => {
  const limiter = limiterOf(2);
  await limiter.acquire("high");
  await vi.advanceTimersByTimeAsync(60);
  expect(await turnsOf(limiter, 4)).toEqual([0, 40, 100, 140]);
});

test("the limit is the server's, and none if the server states none", async () => {
  const limiter = limiterOf(1);
  limiter.setLimit(10);
  expect((await turnsOf(limiter, 11)).filter((at) => at === 0)).toHaveLength(10);
  limiter.setLimit(undefined);
  expect((await turnsOf(limiter, 1000)).filter((at) => at === 0)).toHaveLength(1000);
});

test("waiting calls go as soon as the limit is raised", async () => {
  const limiter = limiterOf(1);
  const all = Promise.all(Array.from({ length: 50 }, () => limiter.acquire("high")));
  limiter.setLimit(100);
  await all;
});

test("calls of high priority go first, and otherwise in order", async () => {
  const limiter = limiterOf(1);
  await limiter.acquire("high");
  const { order, call } = noted(limiter);
  call("low 1", "low");
  call("low 2", "low");
  call("high 1", "high");
  call("high 2", "high");
  await vi.advanceTimersByTimeAsync(1000);
  expect(order).toEqual(["high 1", "high 2", "low 1", "low 2"]);
});

test("calls of low priority are spread evenly, and leave room for those of high priority", async () => {
  const limiter = limiterOf(10);
  const start = performance.now();
  const passed: string[] = [];
  const call = (name: string, priority: Priority) =>
    void limiter.acquire(priority).then(() => passed.push(`${name} ${performance.now() - start}`));
  for (let calls = 0; calls < 14; calls += 1) call("low", "low");
  await vi.advanceTimersByTimeAsync(115);
  call("high", "high");
  await vi.advanceTimersByTimeAsync(1000);
  const lows = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110].map((at) => `low ${at}`);
  expect(passed).toEqual([...lows, "high 120", "low 130", "low 140"]);
});

test("a call of low priority goes before calls that arrive after its patience has ended", async () => {
  const limiter = limiterOf(1);
  await limiter.acquire("high");
  const { order, call } = noted(limiter);
  call("low", "low");
  for (const name of ["1", "2", "3", "4", "5"]) call(name, "high");
  await vi.advanceTimersByTimeAsync(360);
  call("late", "high");
  await vi.advanceTimersByTimeAsync(1000);
  expect(order).toEqual(["1", "2", "3", "4", "5", "low", "late"]);
});

test("a retried call keeps the place that its earlier wait has earned", async () => {
  const limiter = limiterOf(1);
  await limiter.acquire("high");
  const { order, call } = noted(limiter);
  call("1", "high");
  call("2", "high");
  call("low", "low", 350);
  call("high", "high", 20);
  call("low that came later", "low", 10);
  await vi.advanceTimersByTimeAsync(1000);
  expect(order).toEqual(["high", "1", "2", "low", "low that came later"]);
});

test("no call goes during a pause", async () => {
  const limiter = limiterOf(100);
  limiter.pause(150);
  expect(await turnsOf(limiter, 2)).toEqual([150, 150]);
});

test.for([60_000, 1e13, Number.POSITIVE_INFINITY])(
  "a server's pause of %f milliseconds is limited to the longest wait",
  async (ms) => {
    const limiter = limiterOf(1, 50);
    limiter.pause(ms);
    const late = expect(limiter.acquire("high")).rejects.toMatchObject({
      code: "rate_limited",
    });
    await vi.advanceTimersByTimeAsync(50);
    await late;
    expect(await turnsOf(limiter, 1)).toEqual([0]);
  },
);

test.for([0.01, 1e-9])(
  "with a server's limit of %f one call still goes in each window",
  async (limit) => {
    const limiter = limiterOf(30);
    limiter.setLimit(limit);
    const turns = [limiter.acquire("low"), limiter.acquire("low")];
    await vi.advanceTimersByTimeAsync(WINDOW_MS);
    await Promise.all(turns);
  },
);

test("a call waits no longer than the longest wait", async () => {
  const limiter = limiterOf(1, 30);
  await limiter.acquire("high");
  const late = expect(limiter.acquire("high")).rejects.toMatchObject({
    code: "rate_limited",
  });
  await vi.advanceTimersByTimeAsync(30);
  await late;
  await vi.advanceTimersByTimeAsync(WINDOW_MS);
  await limiter.acquire("high");
});

test("earlier waits of a call count", async () => {
  const limiter = limiterOf(1);
  await limiter.acquire("high");
  const late = expect(limiter.acquire("high", { waitedMs: 4990 })).rejects.toMatchObject({
    code: "rate_limited",
  });
  await vi.advanceTimersByTimeAsync(10);
  await late;
});

test("a call waits no longer than until its deadline, and is certainly not sent", async () => {
  const limiter = limiterOf(1);
  await limiter.acquire("high");
  const deadline = performance.now() + 40;
  const late = expect(limiter.acquire("high", { deadline })).rejects.toMatchObject({
    code: "timeout",
    notApplied: true,
    message: "the time limit of the request passed while it waited for the rate limit",
  });
  await vi.advanceTimersByTimeAsync(40);
  await late;
  // It has left the queue.
  expect(await turnsOf(limiter, 1)).toEqual([60]);
});

test("a cancelled call doesn't count", async () => {
  const limiter = limiterOf(1);
  await limiter.acquire("high");
  const abort = new AbortController();
  const cancelled = limiter.acquire("high", { signal: abort.signal });
  const next = turnsOf(limiter, 1);
  abort.abort();
  await expect(cancelled).rejects.toMatchObject({ code: "aborted" });
  expect(await next).toEqual([100]);
  await expect(limiter.acquire("high", { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "aborted",
  });
});
