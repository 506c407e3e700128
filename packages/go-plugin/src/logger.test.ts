import { describe, expect, it } from "vitest";
import { createLogger, formatLine } from "./logger.ts";

const NOW = new Date("2026-03-01T12:00:00.123Z");
const circular: Record<string, unknown> = {};
circular["self"] = circular;

describe("a line", () => {
  it.each([
    { name: "no fields", fields: {}, rest: {} },
    { name: "fields", fields: { role: "ci", ttl: 60 }, rest: { role: "ci", ttl: 60 } },
    { name: "an error", fields: { error: new TypeError("no") }, rest: { error: "TypeError: no" } },
    { name: "a bigint", fields: { size: 2n ** 60n }, rest: { size: "1152921504606846976" } },
    { name: "a field that is hclog's own", fields: { "@message": 1, "@level": "x" }, rest: {} },
    { name: "what is no JSON", fields: { circular }, rest: { fields: "not encodable as JSON" } },
  ])("has hclog's keys beside $name", ({ fields, rest }) => {
    expect(JSON.parse(formatLine("info", "storage", "a message", fields, NOW))).toEqual({
      "@level": "info",
      "@message": "a message",
      "@module": "storage",
      "@timestamp": "2026-03-01T12:00:00.123000Z",
      ...rest,
    });
  });

  it("stays one line", () => {
    expect(formatLine("info", "", "two\nlines", { stack: "a\nb" }, NOW)).not.toContain("\n");
  });
});

describe("a logger", () => {
  const lines: string[] = [];
  const logger = createLogger("", (line) => lines.push(line));
  const last = () => JSON.parse(lines.at(-1) ?? "");

  it.each(["trace", "debug", "info", "warn", "error"] as const)("writes at %s", (level) => {
    logger[level]("hello");
    expect(last()).toMatchObject({ "@level": level, "@message": "hello" });
    expect(lines.at(-1)).toMatch(/\}\n$/);
  });

  it("has named sub-loggers", () => {
    logger.named("one").named("two").info("hello");
    expect(last()).toMatchObject({ "@module": "one.two" });
  });

  it("has a string as its message for any value", () => {
    const untyped: { info(message: unknown): void } = logger;
    untyped.info({ not: "a text" });
    expect(last()).toMatchObject({ "@message": "[object Object]" });
  });
});
