import { expect, test } from "vitest";
import { linesOf, type ProcessCoverage } from "./line-coverage/child-lines.ts";
import { lineCoverage, percent } from "./line-coverage/line-coverage.ts";

const statement = (line: number) => ({ start: { line } });

test("a line is covered if a statement on it ran, here or elsewhere", () => {
  const coverage = {
    "/a.ts": {
      statementMap: {
        0: statement(1),
        1: statement(1),
        2: statement(2),
        3: statement(3),
        4: statement(5),
      },
      s: { 0: 0, 1: 4, 2: 0, 3: 0, 4: 1 },
    },
  };
  const files = lineCoverage(coverage, new Map([["/a.ts", new Set([2, 4])]]));
  expect(files).toEqual([{ file: "/a.ts", lines: 4, missed: [3] }]);
  expect(percent(files)).toBe(75);
  expect(percent([])).toBe(100);
});

test("the lines that a process ran are found through its source maps", () => {
  // One line of 20 characters: the columns 0, 8 and 16 come from the lines 1, 2 and 3.
  const data = { version: 3 as const, sources: ["a.ts"], names: [], mappings: "AAAA,QACA,QACA" };
  const range = (startOffset: number, endOffset: number, count: number) => ({
    startOffset,
    endOffset,
    count,
  });
  const coverage: ProcessCoverage = {
    result: [
      { url: "file:///a.ts", functions: [{ ranges: [range(0, 20, 1), range(6, 14, 0)] }] },
      { url: "node:fs", functions: [{ ranges: [range(0, 20, 1)] }] },
    ],
    "source-map-cache": {
      "file:///a.ts": { lineLengths: [20], data },
    },
  };
  expect([...linesOf(coverage)]).toEqual([
    ["/a.ts", 1],
    ["/a.ts", 3],
  ]);
});
