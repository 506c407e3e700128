import type { BenchResult } from "../compare/run-bench.ts";
import { figureTable } from "./table.ts";

/** Returns all figures, in Markdown. */
export function reportTables({ tables, plugins }: BenchResult): string {
  return tables.map((table) => `### ${table.title}\n\n${figureTable(table, plugins)}\n`).join("\n");
}
