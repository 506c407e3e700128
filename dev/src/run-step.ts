import type { Server } from "@vault-ts/openbao";
import type { State, Step, Table } from "./quickstart-steps.ts";

/** Runs one step through the real command line and prints what a user would see. @returns what was wrong with it, if anything. */
export async function runStep(server: Server, step: Step, state: State): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await server.cli(step.args);
  const output = `${stdout}${stderr}`.trim();
  console.log(`\n# ${step.title}\n$ ${server.binary.cli} ${step.args.map(quoted).join(" ")}\n${output}`);
  if (exitCode !== 0) return `exit code ${exitCode}`;
  const table = parseTable(output);
  return unprinted(step.prints, output, table) ?? (await step.check?.(table, state));
}

function unprinted(prints: Step["prints"], output: string, table: Table): string | undefined {
  if (typeof prints === "string") return output.includes(prints) ? undefined : `it doesn't print "${prints}"`;
  const keys = [...table.keys()].sort().join(" ");
  const expected = [...prints].sort().join(" ");
  return keys === expected ? undefined : `it prints ${keys || "no table"}, and not ${expected}`;
}

/** The rows below the dashes: a key, spaces, a value. */
function parseTable(output: string): Table {
  const lines = output.split("\n");
  const start = lines.findIndex((line) => /^-+\s+-+$/.test(line)) + 1;
  const rows = start === 0 ? [] : lines.slice(start).map((line) => /^(\S+)\s+(.*)$/.exec(line));
  return new Map(rows.flatMap((row) => (row ? [[row[1] ?? "", row[2] ?? ""] as const] : [])));
}

function quoted(argument: string): string {
  return /^[\w./:=@-]+$/.test(argument) ? argument : `'${argument}'`;
}
