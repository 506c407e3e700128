import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.for<[name: string, raw: unknown, seconds: number | undefined]>([
  ["a number of seconds", 90, 90],
  ["its text", "90", 90],
  ["a signed text", "-5", -5],
  ["nothing", "", 0],
  ["zero", 0, 0],
  ["hours and minutes", "1h30m", 5400],
  ["a fraction of an hour", "1.5h", 5400],
  ["a leading point", ".5m", 30],
  ["a fraction that no float holds", "2.05m", 123],
  ["another one", "4.1m", 246],
  ["a fraction after a larger number", "16.65m", 999],
  ["a negative one", "-2.05m", -123],
  ["fractions of several units", "0.55h2.05m", 2103],
  ["more digits than count", `1.${"9".repeat(30)}m`, 119],
  ["days", "2d", 172_800],
  ["negative days", "-1d", -86_400],
  ["a negative duration", "-1m30s", -90],
  ["milliseconds are cut off", "1999ms", 1],
  ["a fraction of a second is cut off", 1.9, 1],
  ["a fraction of a second in Go's notation", "1.9s", 1],
  ["microseconds, in both spellings", "1000000us", 1],
  ["with the micro sign", "1000000µs", 1],
  ["the longest that fits", 9_223_372_036, 9_223_372_036],
  ["the longest that fits in Go's notation", "9223372036.854775807s", 9_223_372_036],
  ["leading zeros", `${"0".repeat(30)}90s`, 90],
  ["one nanosecond more", "9223372036.854775808s", undefined],
  ["one more", 9_223_372_037, undefined],
  ["a word", "abc", undefined],
  ["a number without its unit", "1h30", undefined],
  ["a unit without its number", "h", undefined],
  ["days among other units", "1d12h", undefined],
  ["fractions of days", "1.5d", undefined],
  ["a space", "1 h", undefined],
  ["an exponent", "1e3", undefined],
  ["hexadecimal", "0x10", undefined],
  ["infinity", Number.POSITIVE_INFINITY, undefined],
  ["no number", Number.NaN, undefined],
  ["true", true, undefined],
  ["a list", [60], undefined],
  ["null", null, undefined],
])("%s: %j is %j", ([, raw, seconds]) => {
  expect(parseDuration(raw)).toBe(seconds);
});

test("negative zero is zero", () => {
  expect(Object.is(parseDuration("-0"), 0)).toBe(true);
});

test("a long string takes little time", () => {
  expect(parseDuration(`${"1h".repeat(50_000)}x`)).toBeUndefined();
  expect(parseDuration("9".repeat(100_000))).toBeUndefined();
  expect(parseDuration(`${"9".repeat(5_000_000)}s`)).toBeUndefined();
  expect(parseDuration(`0.${"9".repeat(100_000)}s`)).toBe(0);
});
