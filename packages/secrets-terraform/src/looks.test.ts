import { expect, test } from "vitest";
import { Looks } from "./looks.ts";

/**
 * The ages, in seconds, at which an entry is due that is looked at whenever it is, minute by
 * minute.
 */
function dueAges(untilSeconds: number): number[] {
  const looks = new Looks();
  const ages: number[] = [];
  for (let age = 0; age <= untilSeconds; age += 30) {
    if (!looks.isDue("a", age * 1000)) continue;
    ages.push(age);
    looks.note("a", age * 1000);
  }
  return ages;
}

test("an entry is looked at after 90 seconds, 5 and 15 minutes, and once an hour if it is still there", () => {
  expect(dueAges(9000)).toEqual([90, 300, 900, 4500, 8100]);
});

test("an entry that is found old is looked at once", () => {
  const looks = new Looks();
  expect(looks.isDue("a", 1000_000)).toBe(true);
  expect(looks.isLast(1000_000)).toBe(true);
  looks.note("a", 1000_000);
  expect(looks.isDue("a", 1000_000)).toBe(false);
  looks.forget("a");
  expect(looks.isDue("a", 1000_000)).toBe(true);
});

test("a look before 15 minutes isn't the last", () => {
  expect(new Looks().isLast(899_999)).toBe(false);
});
