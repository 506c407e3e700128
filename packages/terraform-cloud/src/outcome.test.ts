import { expect, test } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

test("a call that succeeds was applied", async () => {
  expect(await outcomeOf(Promise.resolve(5))).toEqual({ status: "applied", value: 5 });
});

test.for([
  ["not_found", "not applied"],
  ["rate_limited", "not applied"],
  ["server_error", "unknown"],
  ["timeout", "unknown"],
  ["malformed", "unknown"],
] as const)("a call that fails with %s: %s", async ([code, status]) => {
  const error = new TerraformCloudError(code, "failed");
  expect(await outcomeOf(Promise.reject(error))).toEqual({ status, error });
});

test("an error that isn't the client's is thrown", async () => {
  await expect(outcomeOf(Promise.reject(new RangeError("a defect")))).rejects.toThrow("a defect");
});
