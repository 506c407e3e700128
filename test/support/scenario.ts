import { test } from "vitest";
import type { RequirementId } from "../requirements.ts";

/** A test of what a user can see, on a real server. It names the requirements that it holds. */
export function scenario(
  ids: readonly RequirementId[],
  title: string,
  run: () => Promise<void>,
  timeoutMs = 60_000,
): void {
  test(`${title} [${ids.join(", ")}]`, run, timeoutMs);
}
