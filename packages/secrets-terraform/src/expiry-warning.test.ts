import { expect, test } from "vitest";
import { expiryWarning } from "./expiry-warning.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");

test.for<[expiredAt: string, warnings: string[]]>([
  ["", []],
  ["2030-02-01T00:00:00Z", []],
  ["2030-01-30T00:00:00Z", ["the token expires at 2030-01-30T00:00:00Z: write another"]],
  ["2029-12-31T00:00:00Z", ["the token expired at 2029-12-31T00:00:00Z: write another"]],
])("%j", ([expiredAt, warnings]) => {
  expect(expiryWarning("the token", expiredAt, NOW, "write another")).toEqual(warnings);
});
