import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BenchResult } from "../compare/run-bench.ts";

const FOLDER = new URL("../../dist/", import.meta.url);

/** Writes all figures as JSON, which isn't kept in version control. @returns the file's path. */
export async function writeResults(result: BenchResult): Promise<string> {
  const file = new URL("results.json", FOLDER);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return fileURLToPath(file);
}
