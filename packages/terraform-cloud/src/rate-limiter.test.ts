import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { RateLimiter } from "./rate-limiter.ts";

const WINDOW_MS = 100;

/** Lets some calls wait for their turn, and tells when each had it, in windows since the start. */
async function windowsOf(limiter: RateLimiter, calls: number): Promise<number[]> {
  const start = performance.now();
  return await Promise.all(
    Array.from({ length: calls }, async () => {
      await limiter.turn("high", undefined);
      return Math.floor((performance.now() - start) / WINDOW_MS);
    }),
  );
}

const limiterOf = (limit: number, maxWaitMs = 5000) =>
  new RateLimiter({ limit, windowMs: WINDOW_MS, maxWaitMs });

test("in no window of time do more calls pass than the limit", async () => {
  const limiter = limiterOf(5);
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: 23 }, async () => {
      await limiter.turn("high", undefined);
      times.push(performance.now());
    }),
  );
  for (const [index, time] of times.entries()) {
    const sixth = times[index + 5];
    // A timer may come up to a millisecond early.
    if (sixth !== undefined) expect(sixth - time).toBeGreaterThanOrEqual(WINDOW_MS - 1);
  }
});

test("the limit is as the server says, and none where it says none", async () => {
  const limiter = limiterOf(1);
  limiter.learn(10);
  expect((await windowsOf(limiter, 10)).every((window) => window === 0)).toBe(true);
  limiter.learn(undefined);
  expect((await windowsOf(limiter, 1000)).every((window) => window === 0)).toBe(true);
});

test("what waits is let pass as soon as the limit is raised", async () => {
  const limiter = limiterOf(1, 100_000);
  const all = Promise.all(Array.from({ length: 50 }, () => limiter.turn("high", undefined)));
  limiter.learn(100);
  await all;
});

test("high goes before low, and otherwise the first goes first", async () => {
  const limiter = limiterOf(1);
  await limiter.turn("high", undefined);
  const order: string[] = [];
  const call = async (name: string, priority: "high" | "low") => {
    await limiter.turn(priority, undefined);
    order.push(name);
  };
  await Promise.all([
    call("low 1", "low"),
    call("low 2", "low"),
    call("high 1", "high"),
    call("high 2", "high"),
  ]);
  expect(order).toEqual(["high 1", "high 2", "low 1", "low 2"]);
});

test("nothing passes while the server wants no calls", async () => {
  const limiter = limiterOf(100);
  const start = performance.now();
  limiter.pause(150);
  await limiter.turn("high", undefined);
  expect(performance.now() - start).toBeGreaterThanOrEqual(149);
});

test("a call waits no longer than it is worth", async () => {
  const limiter = limiterOf(1, 30);
  await limiter.turn("high", undefined);
  await expect(limiter.turn("high", undefined)).rejects.toMatchObject({ code: "rate_limited" });
  await sleep(WINDOW_MS);
  await limiter.turn("high", undefined);
});

test("a call that has waited before waits so much less", async () => {
  const limiter = limiterOf(1, 5000);
  await limiter.turn("high", undefined);
  await expect(limiter.turn("high", undefined, 4990)).rejects.toMatchObject({ code: "rate_limited" });
});

test("a call that is cancelled doesn't take its turn", async () => {
  const limiter = limiterOf(1);
  await limiter.turn("high", undefined);
  const abort = new AbortController();
  const cancelled = limiter.turn("high", abort.signal);
  const next = limiter.turn("low", undefined);
  abort.abort();
  await expect(cancelled).rejects.toMatchObject({ code: "aborted" });
  await next;
  await expect(limiter.turn("high", AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
});
