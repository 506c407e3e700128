import { expect, test } from "vitest";
import { withRatios } from "./figure.ts";

test("each figure has its ratio to the first plugin's of the same row", () => {
  const figures = [
    { row: "reads", plugin: "go", value: 100 },
    { row: "reads", plugin: "bun", value: 150 },
    { row: "writes", plugin: "bun", value: 10 },
  ];
  expect(withRatios(figures, "go").map(({ ratio }) => ratio)).toEqual([1, 1.5, undefined]);
});
