import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeStatusMessage, encodeStatusMessage } from "./status-message.ts";

const CASES = [
  { name: "plain text", text: "no such role", wire: "no such role" },
  { name: "a percent sign", text: "100% sure", wire: "100%25 sure" },
  { name: "a line break", text: "one\ntwo", wire: "one%0Atwo" },
  { name: "two bytes of UTF-8", text: "für", wire: "f%C3%BCr" },
  { name: "four bytes of UTF-8", text: "🔑", wire: "%F0%9F%94%91" },
  { name: "the ends of what is printable", text: " ~\x7f", wire: " ~%7F" },
];

describe("grpc-message", () => {
  it.each(CASES)("encodes $name", ({ text, wire }) => {
    expect(encodeStatusMessage(text)).toBe(wire);
  });

  it.each(CASES)("decodes $name", ({ text, wire }) => {
    expect(decodeStatusMessage(wire)).toBe(text);
  });

  it.each([
    { name: "an invalid escape", wire: "50%zz", text: "50%zz" },
    { name: "an escape cut off", wire: "50%2", text: "50%2" },
    { name: "small letters", wire: "%c3%bc", text: "ü" },
  ])("decodes $name", ({ wire, text }) => {
    expect(decodeStatusMessage(wire)).toBe(text);
  });

  it("cuts a very long message off", () => {
    expect(encodeStatusMessage("x".repeat(100_000))).toHaveLength(4096);
  });
});

describe("whatever the message", () => {
  it("it round-trips, if it is Unicode and not truncated", () => {
    const unit = fc.oneof(
      fc.constant("%"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    const text = fc.string({ unit, maxLength: 200 });
    fc.assert(fc.property(text, (sent) => decodeStatusMessage(encodeStatusMessage(sent)) === sent));
  });

  it("it is printable ASCII with whole escapes", () => {
    const units = fc
      .array(fc.nat(0xffff), { maxLength: 200 })
      .map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(units, (text) =>
        /^(?:[\x20-\x24\x26-\x7e]|%[\dA-F]{2})*$/.test(encodeStatusMessage(text)),
      ),
    );
  });

  it("any value can be decoded, to a message that isn't longer", () => {
    const wire = fc.string({
      unit: fc.oneof(fc.constant("%"), fc.constantFrom(..."0123456789abcdefABCDEF"), fc.string()),
    });
    fc.assert(fc.property(wire, (text) => decodeStatusMessage(text).length <= text.length));
  });
});
