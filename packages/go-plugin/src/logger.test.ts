import { expect, test } from "vitest";
import { createLogger, formatLine } from "./logger.ts";

const now = new Date("2030-01-31T12:00:00.123Z");

test("a line is hclog's JSON, with six digits of a second", () => {
  expect(formatLine("info", "a.b", "hello", { user: "ann" }, now)).toBe(
    '{"user":"ann","@level":"info","@message":"hello","@module":"a.b","@timestamp":"2030-01-31T12:00:00.123000Z"}',
  );
});

test("fields can't pretend to be the line's own", () => {
  expect(JSON.parse(formatLine("info", "", "hello", { "@level": "error" }, now))).toMatchObject({
    "@level": "info",
  });
});

test("fields that are no JSON don't lose the line", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  expect(JSON.parse(formatLine("warn", "", "hello", circular, now))).toMatchObject({ "@message": "hello" });
  expect(JSON.parse(formatLine("warn", "", "hello", { big: 1n }, now))).toMatchObject({
    "@message": "hello",
  });
});

test("each level writes one line, and names add up", () => {
  const lines: string[] = [];
  const logger = createLogger("", (line) => lines.push(line))
    .named("a")
    .named("b");
  logger.trace("1");
  logger.debug("2");
  logger.info("3");
  logger.warn("4");
  logger.error("5\nmore");
  expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
  expect(lines.map((line) => JSON.parse(line)["@level"])).toEqual([
    "trace",
    "debug",
    "info",
    "warn",
    "error",
  ]);
  expect(lines.map((line) => JSON.parse(line)["@module"])).toEqual(["a.b", "a.b", "a.b", "a.b", "a.b"]);
});
