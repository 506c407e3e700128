import { readFile } from "node:fs/promises";

/** What an operation comes to when something is wrong. */
export interface Outcome {
  /** What is wrong. */
  readonly row: string;
  readonly operation: string;
  readonly outcome: string;
}

/** The table of docs/reliability.md whose first column has that heading. A row can be of several things, and a column of several operations. */
export async function documentedOutcomes(heading: string): Promise<readonly Outcome[]> {
  const document = await readFile(new URL("../../docs/reliability.md", import.meta.url), "utf8");
  const lines = document.split("\n");
  const first = lines.findIndex((line) => line.startsWith(`| ${heading} `));
  const [[, ...columns] = [], , ...rows] = lines.slice(first, lines.indexOf("", first)).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return rows.flatMap(([names = "", ...outcomes]) =>
    names
      .split(", ")
      .flatMap((row) =>
        columns.flatMap((operations, index) =>
          operations.split(", ").map((operation) => ({ row, operation, outcome: outcomes[index] ?? "" })),
        ),
      ),
  );
}
