import { expect, test } from "vitest";
import { inRounds } from "./in-rounds.ts";

test("each round has another order, and the first one doesn't count", async () => {
  const seen: string[] = [];
  await inRounds([["a", "b", "c"], ["x"]], 2, async (subject, counts) => {
    seen.push(counts ? subject.toUpperCase() : subject);
  });
  expect(seen.join("")).toBe("abcxBCAXCABX");
});
