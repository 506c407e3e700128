import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bits,
  boolean,
  element,
  integer,
  octets,
  oid,
  sequence,
  set,
  tagged,
  text,
  time,
} from "./der.ts";

const bytes = (hex: string) => Buffer.from(hex, "hex");

it.each([
  { name: "a sequence", der: sequence(bytes("0500"), bytes("0101ff")), hex: "300505000101ff" },
  { name: "a set", der: set(bytes("0500")), hex: "31020500" },
  { name: "octets", der: octets(bytes("0a0b")), hex: "04020a0b" },
  { name: "bits", der: bits(bytes("a0"), 5), hex: "030205a0" },
  { name: "a text", der: text("hi"), hex: "0c026869" },
  { name: "true", der: boolean(true), hex: "0101ff" },
  { name: "false", der: boolean(false), hex: "010100" },
  { name: "a tagged element", der: tagged(3, bytes("0500")), hex: "a3020500" },
  { name: "a number", der: integer(bytes("02")), hex: "020102" },
  { name: "a number whose first bit is set", der: integer(bytes("80")), hex: "02020080" },
  { name: "an identifier", der: oid("2.5.29.17"), hex: "0603551d11" },
  {
    name: "an identifier of large parts",
    der: oid("1.2.840.10045.4.3.2"),
    hex: "06082a8648ce3d040302",
  },
  {
    name: "a time until 2049",
    der: time(new Date("2049-12-31T23:59:59.9Z")),
    hex: `170d${ascii("491231235959Z")}`,
  },
  {
    name: "a time from 2050 on",
    der: time(new Date("2050-01-01T00:00:00Z")),
    hex: `180f${ascii("20500101000000Z")}`,
  },
])("encodes $name", ({ der, hex }) => {
  expect(der.toString("hex")).toBe(hex);
});

describe("the length", () => {
  it.each([
    { name: "the last of one byte", content: 127, header: "047f" },
    { name: "the first of two", content: 128, header: "048180" },
    { name: "of three bytes", content: 256, header: "04820100" },
    { name: "of four bytes", content: 65_536, header: "0483010000" },
  ])("is $name", ({ content, header }) => {
    const der = element(0x04, Buffer.alloc(content));
    expect(der.subarray(0, der.length - content).toString("hex")).toBe(header);
  });
});

function ascii(value: string): string {
  return Buffer.from(value).toString("hex");
}

describe("whatever the content", () => {
  /** Parses the bytes as one element of the specification: its tag and its content. */
  function read(der: Buffer): { tag: number; content: Buffer } {
    const [tag = 0, first = 0] = der;
    const digits = first < 0x80 ? 0 : first & 0x7f;
    const size = digits === 0 ? first : Number.parseInt(der.toString("hex", 2, 2 + digits), 16);
    const content = der.subarray(2 + digits);
    expect(content.length).toBe(size);
    return { tag, content };
  }

  it("an element decodes to it", () => {
    const size = fc.oneof(fc.nat(300), fc.constantFrom(255, 256, 65_535, 65_536, 70_000));
    fc.assert(
      fc.property(fc.constantFrom(0x04, 0x30, 0xa3), size, fc.nat(255), (tag, bytes, value) => {
        const content = Buffer.alloc(bytes, value);
        const received = read(element(tag, content));
        // By hand: to compare buffers of this size takes the matchers seconds.
        expect({ tag: received.tag, same: received.content.equals(content) }).toEqual({
          tag,
          same: true,
        });
      }),
    );
  });

  it("a number decodes to it, and is positive", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (value) => {
        const { tag, content } = read(integer(value));
        expect({ tag, positive: (content[0] ?? 0) < 0x80 }).toEqual({ tag: 2, positive: true });
        expect(BigInt(`0x${content.toString("hex")}`)).toBe(
          BigInt(`0x${Buffer.from(value).toString("hex")}`),
        );
      }),
    );
  });

  it("an identifier decodes to its parts", () => {
    const parts = fc.tuple(fc.nat(2), fc.nat(39), fc.array(fc.nat(2 ** 31 - 1), { maxLength: 6 }));
    fc.assert(
      fc.property(parts, ([first, second, rest]) => {
        const { content } = read(oid([first, second, ...rest].join(".")));
        const [joined = 0, ...bytes] = content;
        const numbers: number[] = [];
        let number = 0;
        for (const byte of bytes) {
          number = number * 128 + (byte & 0x7f);
          if (byte >= 0x80) continue;
          numbers.push(number);
          number = 0;
        }
        expect([Math.floor(joined / 40), joined % 40, ...numbers]).toEqual([
          first,
          second,
          ...rest,
        ]);
      }),
    );
  });

  it("a time is the same second", () => {
    const date = fc.date({
      min: new Date("1950-01-01"),
      max: new Date("9999-12-31"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (sent) => {
        const { tag, content } = read(time(sent));
        const digits = content.toString();
        const century = tag === 0x18 ? "" : Number(digits.slice(0, 2)) < 50 ? "20" : "19";
        const [, ...parts] =
          /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + digits) ?? [];
        const [year, month, day, hour, minute, second] = parts;
        const received = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
        expect(received).toBe(Math.floor(sent.getTime() / 1000) * 1000);
      }),
    );
  });
});
