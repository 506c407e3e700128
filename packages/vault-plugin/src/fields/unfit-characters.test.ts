import { expect, test } from "vitest";
import { unfitCharacters } from "./unfit-characters.ts";

const PRINTABLE = /^[\x21-\x7e]+$/;
const NO_CONTROL = /^\P{Cc}*$/u;
const DIGITS = /^\d+$/;

test.for<[name: string, pattern: RegExp, text: string, found: string | undefined]>([
  ["a space", PRINTABLE, "a b", "a space"],
  ["a blank at an end", PRINTABLE, " ab", "a space"],
  ["nothing but spaces", PRINTABLE, "  ", "a space"],
  ["a line break", PRINTABLE, "a\r\nb", "a line break"],
  ["a tab", PRINTABLE, "a\tb", "a tab"],
  ["a control character", PRINTABLE, "a\0b", "a control character"],
  ["a space that doesn't break", PRINTABLE, "a\u00a0b", "an invisible character"],
  ["a byte order mark", PRINTABLE, "a\ufeffb", "an invisible character"],
  ["a letter", PRINTABLE, "grün", "a non-ASCII character"],
  ["an emoji", PRINTABLE, "a🔑", "a non-ASCII character"],
  [
    "a file in UTF-16",
    PRINTABLE,
    "\ufffd\ufffda\0b\0",
    "a control character and bytes that aren't UTF-8",
  ],
  ["several kinds", PRINTABLE, "a b\nc\td", "a line break, a space, and a tab"],
  ["only what the pattern refuses", NO_CONTROL, "a grün\tb", "a tab"],
  ["nothing, if it wouldn't match without them either", DIGITS, "x 1", undefined],
  ["nothing, if there are none", DIGITS, "x", undefined],
])("finds %s", ([, pattern, text, found]) => {
  expect(unfitCharacters(pattern, text)).toBe(found);
});
