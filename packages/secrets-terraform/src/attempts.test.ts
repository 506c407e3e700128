import { expect, test } from "vitest";
import { Attempts, isOver } from "./attempts.ts";

/** The ages, in seconds, at which an entry is due that is attempted whenever it is. */
function dueAges(untilSeconds: number): number[] {
  const attempts = new Attempts();
  const ages: number[] = [];
  for (let age = 0; age <= untilSeconds; age += 30) {
    if (!attempts.isDue("a", age * 1000)) continue;
    ages.push(age);
    attempts.note("a", age * 1000);
  }
  return ages;
}

test("attempts are due after 90 seconds, 5 and 15 minutes, and then once an hour", () => {
  expect(dueAges(9000)).toEqual([90, 300, 900, 4500, 8100]);
});

test("an entry that is found old is due once", () => {
  const attempts = new Attempts();
  expect(attempts.isDue("a", 1000_000)).toBe(true);
  attempts.note("a", 1000_000);
  expect(attempts.isDue("a", 1000_000)).toBe(false);
  attempts.forget("a");
  expect(attempts.isDue("a", 1000_000)).toBe(true);
});

test("an entry that was attempted while the clock was ahead is due again when it is set back", () => {
  const attempts = new Attempts();
  attempts.note("a", 200_000_000);
  expect(attempts.isDue("a", 60_000)).toBe(false);
  expect(attempts.isDue("a", 120_000)).toBe(true);
  attempts.note("a", 120_000);
  expect(attempts.isDue("a", 180_000)).toBe(false);
  expect(attempts.isDue("a", 300_000)).toBe(true);
});

test("a request is over 15 minutes after it was given up", () => {
  expect(isOver(899_999)).toBe(false);
  expect(isOver(900_000)).toBe(true);
});
