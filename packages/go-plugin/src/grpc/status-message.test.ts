import { expect, test } from "vitest";
import { decodeStatusMessage, encodeStatusMessage } from "./status-message.ts";

test.for<[message: string, encoded: string]>([
  ["", ""],
  ["not found: a/b", "not found: a/b"],
  ["100%", "100%25"],
  ["line\nend", "line%0Aend"],
  ["é", "%C3%A9"],
  ["\u{1F600}", "%F0%9F%98%80"],
  ["~\u007f", "~%7F"],
])("%j travels as %j", ([message, encoded]) => {
  expect(encodeStatusMessage(message)).toBe(encoded);
  expect(decodeStatusMessage(encoded)).toBe(message);
});

test.for(["%", "%2", "%zz", "a%"])("what isn't valid (%j) is kept as it came", (encoded) => {
  expect(decodeStatusMessage(encoded)).toBe(encoded);
});
