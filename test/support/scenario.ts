import { type TestContext, test } from "vitest";
import type { RequirementId } from "../requirements.ts";

/**
 * A test of what a user can see, on a real server. It names the requirements that it holds. One that can't run on
 * this machine or server returns `skip(reason)`: it is shown and counted as skipped.
 */
export function scenario(
  ids: readonly RequirementId[],
  title: string,
  run: (context: TestContext) => Promise<void>,
): void {
  test(`${title} [${ids.join(", ")}]`, run);
}
