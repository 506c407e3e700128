import { describe, expect, test } from "vitest";
import { LogBuffer } from "./log-buffer.ts";

describe("a line", () => {
  const cases = {
    "is kept as it is": [
      "2026-11-23T05:06:38.910Z [INFO]  core: unsealed",
      "2026-11-23T05:06:38.910Z [INFO]  core: unsealed",
    ],
    "with the root token hides it": ["Root Token: s.abc", "Root Token: (hidden)"],
    "with the unseal key hides it": ["Unseal Key: ccBCLm==", "Unseal Key: (hidden)"],
    "that only speaks of a root token is kept": [
      "core: Root Token: made",
      "core: Root Token: made",
    ],
  } as const;
  test.each(Object.entries(cases))("%s", (_, [line, kept]) => {
    const told: string[] = [];
    const logs = new LogBuffer((text) => told.push(text));
    logs.add(line);
    expect(logs.lines).toEqual([kept]);
    expect(told).toEqual([kept]);
  });
});

test("only the last 5,000 lines are kept", () => {
  const logs = new LogBuffer();
  for (let line = 1; line <= 5002; line += 1) logs.add(String(line));
  expect(logs.lines.length).toBe(5000);
  expect(logs.lines[0]).toBe("3");
  expect(logs.lines.at(-1)).toBe("5002");
});

test("an enormous line is truncated", () => {
  const logs = new LogBuffer();
  logs.add("x".repeat(1_000_000));
  expect(logs.lines[0]?.length).toBe(65_536);
});
