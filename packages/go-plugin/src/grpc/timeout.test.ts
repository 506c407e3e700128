import { expect, test } from "vitest";
import { formatTimeout, parseTimeout } from "./timeout.ts";

test.for<[header: string | undefined, milliseconds: number | undefined]>([
  ["90S", 90_000],
  ["5M", 300_000],
  ["1H", 3_600_000],
  ["250m", 250],
  ["1u", 1],
  ["89999999u", 90_000],
  ["1500000n", 2],
  ["0m", 0],
  [undefined, undefined],
  ["", undefined],
  ["10", undefined],
  ["S", undefined],
  ["123456789S", undefined],
  ["-1S", undefined],
  ["1x", undefined],
  // Beyond what a timer can wait.
  ["99999999H", undefined],
])("%j is %j ms", ([header, milliseconds]) => {
  expect(parseTimeout(header)).toBe(milliseconds);
});

test.for<[milliseconds: number, header: string]>([
  [250, "250m"],
  [0.2, "1m"],
  [-5, "0m"],
  [100_000_000, "100000S"],
  [1e13, "99999999S"],
])("%d ms are %j", ([milliseconds, header]) => {
  expect(formatTimeout(milliseconds)).toBe(header);
});
