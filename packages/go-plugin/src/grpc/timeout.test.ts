import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTimeout, parseTimeout } from "./timeout.ts";

describe("parseTimeout", () => {
  it.each([
    { name: "hours", header: "2H", ms: 7_200_000 },
    { name: "minutes", header: "3M", ms: 180_000 },
    { name: "seconds", header: "90S", ms: 90_000 },
    { name: "milliseconds", header: "250m", ms: 250 },
    { name: "microseconds, rounded up", header: "1500u", ms: 2 },
    { name: "nanoseconds, as Go sends them", header: "99999999n", ms: 100 },
    { name: "nothing left", header: "0n", ms: 0 },
    { name: "more than a timer can wait", header: "99999999H", ms: 2_147_483_647 },
    { name: "no header", header: undefined, ms: undefined },
    { name: "an empty header", header: "", ms: undefined },
    { name: "no unit", header: "10", ms: undefined },
    { name: "an unknown unit", header: "10s", ms: undefined },
    { name: "nine digits", header: "123456789m", ms: undefined },
    { name: "a sign", header: "-1S", ms: undefined },
    { name: "a fraction", header: "1.5S", ms: undefined },
  ])("reads $name", ({ header, ms }) => {
    expect(parseTimeout(header)).toBe(ms);
  });
});

describe("formatTimeout", () => {
  it.each([
    { name: "milliseconds", ms: 250, header: "250m" },
    { name: "a fraction, rounded up", ms: 0.2, header: "1m" },
    { name: "what has passed", ms: -5, header: "0m" },
    { name: "the last of eight digits", ms: 99_999_999, header: "99999999m" },
    { name: "more, in seconds", ms: 100_000_001, header: "100001S" },
  ])("writes $name", ({ ms, header }) => {
    expect(formatTimeout(ms)).toBe(header);
  });
});

describe("whatever the time", () => {
  it("is never shorter on the wire, and longer by less than a second", () => {
    const milliseconds = fc.double({ min: 0, max: 2 ** 31 - 2000, noNaN: true });
    fc.assert(
      fc.property(milliseconds, (sent) => {
        const received = parseTimeout(formatTimeout(sent)) ?? Number.NaN;
        expect(received).toBeGreaterThanOrEqual(sent);
        expect(received - sent).toBeLessThan(1000);
      }),
    );
  });

  it("is written with at most eight digits", () => {
    const milliseconds = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(fc.property(milliseconds, (sent) => /^\d{1,8}[mS]$/.test(formatTimeout(sent))));
  });

  it("is read as what a timer can wait for, or not at all", () => {
    const header = fc.oneof(fc.stringMatching(/^\d{1,9}[HMSmuns]$/), fc.string());
    fc.assert(
      fc.property(header, (text) => {
        const read = parseTimeout(text) ?? 0;
        expect(Number.isInteger(read) && read >= 0 && read <= 2_147_483_647).toBe(true);
      }),
    );
  });
});
