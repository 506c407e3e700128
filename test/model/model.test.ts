import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IS_FULL } from "../support/scale.ts";
import { FAULT_HISTORIES } from "./fault-histories.ts";
import { histories } from "./histories.ts";
import { describeHistory, type History } from "./history.ts";
import { runHistory } from "./run-history.ts";

/** Some hundreds in half a minute; on a machine that is slow or busy fewer. */
const BRIEF = { numRuns: 500, maxSteps: 24, limitMs: 30_000 };
const FULL = { numRuns: 100_000, maxSteps: 40, limitMs: 4 * 3_600_000 };
const { numRuns, maxSteps, limitMs } = IS_FULL ? FULL : BRIEF;

/**
 * The seed of a run that failed, to run it again: the report has it. The brief form is the same
 * each time.
 */
const { MODEL_SEED = IS_FULL ? undefined : "20261126" } = process.env;

/** @throws Error with the failed check, the history, and what happened in it. */
async function mustHold(history: History): Promise<void> {
  const { violations, log } = await runHistory(history);
  if (violations.length === 0) return;
  throw new Error([...violations, "", describeHistory(history), "", ...log].join("\n"));
}

describe("after a history, no token is lost, invalid, or sent to another address than its own:", () => {
  test.for(Object.entries(FAULT_HISTORIES))("%s", async ([, history]) => {
    await mustHold(history);
  });

  test("any", { timeout: 2 * limitMs + 60_000 }, async () => {
    await fc.assert(fc.asyncProperty(histories(maxSteps), mustHold), {
      numRuns,
      interruptAfterTimeLimit: limitMs,
      ...(MODEL_SEED !== undefined && { seed: Number(MODEL_SEED) }),
    });
  });
});

test("the same history has the same course each time", async () => {
  for (const history of fc.sample(histories(24), { numRuns: 5, seed: 1 })) {
    expect(await runHistory(history)).toEqual(await runHistory(history));
  }
});
