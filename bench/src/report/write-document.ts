import { readFile, writeFile } from "node:fs/promises";
import { RATES } from "../compare/request-tables.ts";
import type { BenchResult } from "../compare/run-bench.ts";
import { drawRatios } from "./chart.ts";
import { reportTables } from "./report-tables.ts";

const DOCS = new URL("../../../docs/", import.meta.url);
const DOCUMENT = "performance.md";
const CHART = "images/performance.svg";

const BEGIN = "<!-- written by npm run bench -->\n";
const END = "<!-- end of what npm run bench writes -->\n";

/** Writes the document's figures and its chart. @returns the names of the files. */
export async function writeDocument(result: BenchResult): Promise<readonly string[]> {
  const document = new URL(DOCUMENT, DOCS);
  await writeFile(document, withFigures(await readFile(document, "utf8"), result));
  const rates = result.tables.find(({ title }) => title === RATES);
  if (!rates) throw new Error("the run has no rates to draw");
  const chart = drawRatios(
    rates,
    result.plugins,
    "Requests a second, compared with HashiCorp's plugin",
  );
  await writeFile(new URL(CHART, DOCS), `${chart}\n`);
  return [`docs/${DOCUMENT}`, `docs/${CHART}`];
}

/** Replaces what a run has written. @throws Error if the document has no place for it. */
export function withFigures(document: string, result: BenchResult): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end === -1) throw new Error(`docs/${DOCUMENT} has no place for figures`);
  const { cpu, cores, memory, kernel, server } = result.machine;
  const machine = `Measured on ${cores} cores of ${cpu}, ${memory} GB, ${kernel}, with ${server}.`;
  return [
    document.slice(0, begin + BEGIN.length),
    `\n${machine}\n\n${reportTables(result)}\n`,
    document.slice(end),
  ].join("");
}
