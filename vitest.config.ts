import { defineConfig } from "vitest/config";
import { TIME_LIMITS } from "./test/support/time-limits.ts";

/**
 * Where the processes that tests start leave what they have run: `npm run coverage` adds it to what
 * the tests run themselves.
 */
const { CHILD_COVERAGE } = process.env;

export default defineConfig({
  test: {
    // Scenarios wait more than they work: for servers, for leases to end, for the minute to pass.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{packages,examples}/*/src/**/*.test.ts",
            "{bench,release-tools}/src/**/*.test.ts",
            "test/*.test.ts",
            "test/model/*.test.ts",
          ],
          env: CHILD_COVERAGE ? { NODE_V8_COVERAGE: CHILD_COVERAGE } : {},
          testTimeout: TIME_LIMITS.unit,
          hookTimeout: TIME_LIMITS.hook,
          expect: { poll: { timeout: TIME_LIMITS.unitPoll } },
        },
      },
      {
        test: {
          name: "scenarios",
          include: ["test/scenarios/**/*.test.ts"],
          globalSetup: "test/global-setup.ts",
          testTimeout: TIME_LIMITS.scenario,
          hookTimeout: TIME_LIMITS.hook,
          expect: { poll: { timeout: TIME_LIMITS.poll } },
        },
      },
      {
        test: {
          name: "release",
          include: ["release-tools/test/**/*.test.ts"],
          globalSetup: "release-tools/test/global-setup.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    reporters: ["default", "./test/closing-line-reporter.ts"],
  },
});
