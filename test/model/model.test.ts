import fc from "fast-check";
import { test } from "vitest";
import { IS_FULL } from "../support/scale.ts";
import { describeHistory, histories } from "./history.ts";
import { runHistory } from "./run-history.ts";

const COUNT = IS_FULL ? 100_000 : 500;
const SECONDS = IS_FULL ? 7200 : 30;

test("whatever happens, no token is lost, dead, or sent where it wasn't written for", {
  timeout: SECONDS * 2000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(histories(16), async (history) => {
      const violations = await runHistory(history);
      if (violations.length > 0) throw new Error(`${violations.join("\n")}\n\n${describeHistory(history)}`);
    }),
    { numRuns: COUNT },
  );
});
