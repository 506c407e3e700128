import { inspect } from "node:util";
import * as v from "valibot";
import { expect, test } from "vitest";
import { PluginError } from "./errors.ts";
import { Redacted, redacted, toRevealedJson } from "./redacted.ts";

const secret = new Redacted("hunter2");

test.for<[name: string, printed: string]>([
  ["a text", `${secret}`],
  ["a concatenation", ["of", secret].join(" ")],
  ["JSON", JSON.stringify({ deep: [{ secret }] })],
  ["inspection", inspect({ deep: { secret } }, { depth: 9, showHidden: true })],
  ["an error", new PluginError("bad_request", `no such ${secret}`, { cause: secret }).message],
  ["its keys", Object.entries(secret).join()],
  ["a copy", JSON.stringify({ ...secret }) + JSON.stringify(structuredClone(secret))],
])("a secret isn't printed in %s", ([, printed]) => {
  expect(printed).not.toContain("hunter2");
});

test("prints as redacted", () => {
  expect(String(secret)).toBe("[redacted]");
  expect(JSON.stringify({ secret })).toBe('{"secret":"[redacted]"}');
  expect(inspect(secret)).toBe("[redacted]");
});

test("is revealed only on request", () => {
  expect(secret.reveal()).toBe("hunter2");
  expect(
    toRevealedJson({ a: [secret], b: new Redacted({ c: secret, d: undefined }), e: new Date(0) }),
  ).toBe('{"a":["hunter2"],"b":{"c":"hunter2"},"e":"1970-01-01T00:00:00.000Z"}');
});

test("of an entry is redacted as it is read", () => {
  const read = v.parse(redacted(v.string()), "hunter2");
  expect(read).toBeInstanceOf(Redacted);
  expect(read.reveal()).toBe("hunter2");
  expect(v.safeParse(redacted(v.string()), 5).success).toBe(false);
});
