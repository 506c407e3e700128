import { type TestContext, test } from "vitest";
import type { RequirementId } from "../requirements.ts";

/**
 * A test of what a user can see, on a real server. It names the requirements that it holds. One
 * that can't run on this machine or server returns `skip(reason)`: it is shown and counted as
 * skipped.
 */
export function scenario(
  ids: readonly RequirementId[],
  title: string,
  run: (context: TestContext) => Promise<void>,
): void {
  test(titleOf(ids, title), run);
}

/**
 * A scenario for a program that not every machine has: where it is missing, the report says that it
 * was skipped.
 */
export function scenarioWith<T>(
  program: T | undefined,
  ids: readonly RequirementId[],
  title: string,
  run: (program: T) => Promise<void>,
): void {
  if (program === undefined) test.skip(titleOf(ids, title));
  else test(titleOf(ids, title), () => run(program));
}

function titleOf(ids: readonly RequirementId[], title: string): string {
  return `${title} [${ids.join(", ")}]`;
}
