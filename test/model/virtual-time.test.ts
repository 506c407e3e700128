import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { seedRandomness } from "./seeded-randomness.ts";
import { VirtualTime } from "./virtual-time.ts";

test("timers, sleeps, time limits and clocks follow the virtual time", async () => {
  const realStart = Date.now();
  using time = new VirtualTime();
  const start = [Date.now(), performance.now()];
  const happened: string[] = [];
  setTimeout(() => happened.push("timer"), 60_000);
  clearTimeout(setTimeout(() => happened.push("cancelled"), 1));
  void sleep(30_000).then(() => happened.push("sleep"));
  AbortSignal.timeout(90_000).addEventListener("abort", () => happened.push("limit"));
  const left = new AbortController();
  void sleep(10_000, "value").then((value) => happened.push(value));
  void sleep(20_000, "", { signal: left.signal }).catch(({ name }) => happened.push(name));
  await time.pass(10_000);
  left.abort();
  await time.pass(0);
  expect(happened.splice(0)).toEqual(["value", "AbortError"]);
  await time.pass(19_999);
  expect(happened).toEqual([]);
  await time.pass(70_001);
  expect(happened).toEqual(["sleep", "timer", "limit"]);
  expect([Date.now(), performance.now()]).toEqual(start.map((moment) => moment + 100_000));
  time[Symbol.dispose]();
  expect(Date.now() - realStart).toBeLessThan(60_000);
});

test("random values follow from the seed", () => {
  const draw = (seed: number) => {
    using _ = seedRandomness(seed);
    return [randomUUID(), randomBytes(4).toString("hex"), Math.random()];
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(randomUUID()).toMatch(/^[\da-f-]{36}$/);
});
