import { expect, test } from "vitest";
import { median } from "./median.ts";
import { percentile } from "./percentile.ts";

test.for<[values: readonly number[], part: number, expected: number]>([
  [[30, 10, 20], 0.5, 20],
  [[30, 10, 20], 0.99, 30],
  [[30, 10, 20], 1, 30],
  [[0.25], 0.5, 0.25],
  [[], 0.5, Number.NaN],
])("of %j, the percentile at %d is %d", ([values, part, expected]) => {
  expect(percentile(values, part)).toBe(expected);
});

test("a median is a number of the middle", () => {
  expect(median([100, 9, 20])).toBe(20);
});
