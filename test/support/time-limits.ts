import { IS_FULL } from "./scale.ts";

const MINUTE_MS = 60_000;

/** How many times as long everything may take, on a machine that is slower still. */
const SCALE = Number(process.env["TEST_TIMEOUT_SCALE"] || 1);
if (!(SCALE > 0)) throw new Error("TEST_TIMEOUT_SCALE must be a number above 0");

/**
 * How long tests may take, in milliseconds: for what hangs, not for what is slow. The only limits
 * that tests have; what a test itself says about time isn't one of them.
 */
export const TIME_LIMITS = {
  /** A unit test: one downloads a server. */
  unit: 10 * MINUTE_MS * SCALE,
  /** What a unit test waits for. */
  unitPoll: MINUTE_MS * SCALE,
  /** A scenario: rollbacks alone take three minutes, and loads in their long form half an hour. */
  scenario: (IS_FULL ? 90 : 15) * MINUTE_MS * SCALE,
  /** What a scenario waits for, rollbacks included. */
  poll: 6 * MINUTE_MS * SCALE,
  /** What comes before and after tests: a server may have to be downloaded. */
  hook: 15 * MINUTE_MS * SCALE,
} as const;
