import { expect, test } from "vitest";
import { trimLineEnd } from "./trim-line-end.ts";

test.for<[name: string, text: string, trimmed: string]>([
  ["a line feed at the end", "abc\n", "abc"],
  ["a carriage return too", "abc\r\n", "abc"],
  ["several of them", "abc\n\n\r\n", "abc"],
  ["a byte order mark at the start", "\ufeffabc\r\n", "abc"],
  ["all of a file without text", "\ufeff\n", ""],
])("cuts %s", ([, text, trimmed]) => {
  expect(trimLineEnd(text)).toBe(trimmed);
});

test.for([
  ["a line break within", "a\nb"],
  ["a space at the end", "abc "],
  ["a mark within", "a\ufeffb"],
  ["nothing", ""],
])("keeps %s", ([, text]) => {
  expect(trimLineEnd(String(text))).toBe(text);
});

test("a hundred thousand line breaks are trimmed in negligible time", () => {
  const text = `a${"\n".repeat(100_000)}b`;
  const started = performance.now();
  expect(trimLineEnd(text)).toBe(text);
  expect(performance.now() - started).toBeLessThan(500);
});
