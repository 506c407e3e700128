import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Ends a run with one line that scripts can read: `N passed, N failed`, and `, N skipped` if there
 * are any. What was skipped, and why, is told before it.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const groups = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const [passed, skipped] = [inState("passed").length, inState("skipped")];
    // A group fails by itself if what comes before or after its tests does.
    const failed =
      inState("failed").length + groups.flatMap((group) => group.errors()).length + errors.length;
    const counts = [`${passed} passed`, `${failed} failed`];
    if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
    process.once("exit", () =>
      console.log([...skipped.flatMap(told), counts.join(", ")].join("\n")),
    );
  }
}

/** A line about a skipped test that says why; none if it doesn't, as where a filter left it out. */
function told(test: TestCase): string[] {
  const result = test.result();
  if (result.state !== "skipped" || result.note === undefined) return [];
  return [`skipped: ${test.module.relativeModuleId}: ${test.fullName}: ${result.note}`];
}
