import { expect, test } from "vitest";
import type { BenchResult } from "../compare/run-bench.ts";
import { withFigures } from "./write-document.ts";

const result: BenchResult = {
  machine: { cpu: "Z80", cores: 2, memory: 1, kernel: "Linux 1.0", server: "openbao 2.7.2" },
  plugins: [{ name: "go", title: "Go" }],
  tables: [
    {
      title: "Starts, ms",
      digits: 0,
      figures: [{ row: "cold", plugin: "go", value: 5, ratio: 1 }],
    },
  ],
};

test("a run replaces the figures of the one before, and nothing else of the document", () => {
  const [begin, end] = [
    "<!-- written by npm run bench -->\n",
    "<!-- end of what npm run bench writes -->\n",
  ];
  const first = withFigures(`# Title\n\n${begin}old\n${end}\nThe end.\n`, result);
  expect(first).toBe(`# Title

${begin}
Measured on 2 cores of Z80, 1 GB, Linux 1.0, with openbao 2.7.2.

### Starts, ms

|      |  Go |
| ---- | --: |
| cold |   5 |

${end}
The end.
`);
  expect(withFigures(first, result)).toBe(first);
  expect(() => withFigures("# Title\n", result)).toThrow("has no place for figures");
});
