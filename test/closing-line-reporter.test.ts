import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("fixtures/closing-line", import.meta.url));

/** Runs the tests of a file of fixtures. */
const run = (file: string) =>
  execa("vitest", ["run", `--root=${ROOT}`, file], {
    preferLocal: true,
    reject: false,
    stdin: "ignore",
  });

test("a run of tests that all pass ends with their number", async () => {
  const { stdout, exitCode } = await run("green");
  expect(stdout.split("\n").at(-1)).toBe("1 passed, 0 failed");
  expect(exitCode).toBe(0);
});

test("skipped tests are counted, with their reasons, and a group that fails counts as failed", async () => {
  const { stdout, exitCode } = await run("mixed");
  expect(stdout.split("\n").slice(-2)).toEqual([
    "skipped: mixed.cases.ts: one that can't run here: no such thing here",
    "1 passed, 2 failed, 3 skipped",
  ]);
  expect(exitCode).toBe(1);
});
