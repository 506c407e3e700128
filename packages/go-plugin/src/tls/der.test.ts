import { describe, expect, it } from "vitest";
import { bits, boolean, element, integer, octets, oid, sequence, set, tagged, text, time } from "./der.ts";

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
  { name: "an identifier of large parts", der: oid("1.2.840.10045.4.3.2"), hex: "06082a8648ce3d040302" },
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
