import { expect, test } from "vitest";
import { figureTable } from "./table.ts";

test("figures are a column for each plugin, with the ratio to the first", () => {
  const figure = (row: string, plugin: string, value: number, ratio?: number) => ({
    row,
    plugin,
    value,
    ratio,
  });
  const table = {
    title: "Requests a second",
    digits: 0,
    figures: [
      figure("reads", "go", 1000, 1),
      figure("reads", "bun", 1234.5, 1.2345),
      figure("reads", "kv", 5000, 5),
      figure("writes", "bun", 7),
    ],
  };
  const plugins = [
    { name: "go", title: "Go 0.13.0" },
    { name: "bun", title: "Bun" },
  ];
  expect(figureTable(table, plugins)).toBe(`|        | Go 0.13.0 |          Bun |           kv |
| ------ | --------: | -----------: | -----------: |
| reads  |     1,000 | 1,235 (1.23) | 5,000 (5.00) |
| writes |           |            7 |              |`);
});
