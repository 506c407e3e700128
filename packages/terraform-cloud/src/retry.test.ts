import { expect, test } from "vitest";
import { pauseBeforeRetry } from "./retry.ts";
import { TerraformCloudError, type TerraformCloudErrorCode } from "./terraform-cloud-error.ts";

test.for<
  [
    code: TerraformCloudErrorCode,
    method: "GET" | "POST" | "DELETE",
    tries: number,
    least: number | undefined,
  ]
>([
  ["rate_limited", "POST", 1, 0],
  ["rate_limited", "DELETE", 19, 0],
  ["rate_limited", "GET", 20, undefined],
  ["server_error", "GET", 1, 200],
  ["server_error", "DELETE", 3, 800],
  ["server_error", "DELETE", 4, undefined],
  ["server_error", "POST", 1, undefined],
  ["unreachable", "DELETE", 2, 400],
  ["unreachable", "POST", 1, undefined],
  ["timeout", "GET", 1, undefined],
  ["not_found", "DELETE", 1, undefined],
  ["malformed", "GET", 1, undefined],
])("%s of a %s that was tried %d times: %s", ([code, method, tries, least]) => {
  const pause = pauseBeforeRetry(new TerraformCloudError(code, ""), method, tries);
  if (least === undefined) expect(pause).toBeUndefined();
  else {
    expect(pause).toBeGreaterThanOrEqual(least);
    expect(pause).toBeLessThanOrEqual(least + 100);
  }
});

test("a call that was never sent is retried, with any method", () => {
  const unsent = new TerraformCloudError("unreachable", "", { notApplied: true });
  expect(pauseBeforeRetry(unsent, "POST", 1)).toBeGreaterThanOrEqual(200);
  expect(pauseBeforeRetry(unsent, "POST", 4)).toBeUndefined();
});

test("an error that isn't Terraform Cloud's isn't retried", () => {
  expect(pauseBeforeRetry(new Error("no"), "GET", 1)).toBeUndefined();
});
