import type { Server } from "@vault-ts/openbao";
import type { Simulator } from "@vault-ts/terraform-cloud/simulator";
import { quickstartSteps, type State, type Step, type Table } from "./quickstart-steps.ts";

export interface QuickstartOutcome {
  readonly steps: number;
  /** The failed checks of a step. */
  readonly problems: readonly string[];
  /** The tables of credentials that were printed, by role. */
  readonly tables: ReadonlyMap<string, Table>;
}

/**
 * Runs the quick start through the real command line.
 *
 * @param print Prints what a user would see: each command and its output.
 */
export async function runQuickstart(
  server: Server,
  { address, credentials }: Simulator,
  print: (text: string) => void,
): Promise<QuickstartOutcome> {
  const state: State = {
    tables: new Map(),
    async statusOf(token) {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${address}/api/v2/account/details`, { headers })).status;
    },
  };
  const steps = quickstartSteps(address, credentials);
  const problems: string[] = [];
  for (const step of steps) {
    const problem = await runStep(server, step, state, print);
    if (problem) problems.push(`${step.title}: ${problem}`);
  }
  return { steps: steps.length, problems, tables: state.tables };
}

/** @returns the failed checks of the step. */
async function runStep(
  server: Server,
  step: Step,
  state: State,
  print: (text: string) => void,
): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await server.cli(step.args);
  const output = `${stdout}${stderr}`.trim();
  print(`\n# ${step.title}\n$ ${server.binary.cli} ${step.args.map(quoted).join(" ")}\n${output}`);
  if (exitCode !== 0) return `exit code ${exitCode}`;
  const table = parseTable(output);
  return unprinted(step.prints, output, table) ?? (await step.check?.(table, state));
}

function unprinted(prints: Step["prints"], output: string, table: Table): string | undefined {
  if (typeof prints === "string")
    return output.includes(prints) ? undefined : `it doesn't print "${prints}"`;
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
