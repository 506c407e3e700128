import { parseArgs } from "node:util";
import { OPERATIONS } from "./operations.ts";
import type { Scale } from "./scale.ts";

/** What can be measured. */
export const PARTS = ["requests", "starts", "framework", "scale"] as const;

export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  /** As `prepareContenders` takes them; the first is what the others are compared with. */
  readonly plugins: readonly string[];
  /** As `NAME=PATH`. */
  readonly files: readonly string[];
  readonly parts: readonly Part[];
  readonly operations: readonly string[];
  readonly clients: readonly number[];
  readonly rounds: number;
  readonly sliceMs: number;
  readonly scale: Scale;
}

/** The form that tells whether all of it works, in seconds. */
export const SHORT: BenchOptions = {
  plugins: ["node"],
  files: [],
  parts: PARTS,
  operations: Object.keys(OPERATIONS),
  clients: [1, 16, 64],
  rounds: 1,
  sliceMs: 100,
  scale: { roles: 100, mounts: 10 },
};

/** The form whose figures are published. */
export const WHOLE: BenchOptions = {
  ...SHORT,
  plugins: ["go", "node20", "node24", "node26", "bun"],
  rounds: 6,
  sliceMs: 350,
  scale: { roles: 10_000, mounts: 1000 },
};

/**
 * Parses a command line. One that names operations or clients means requests alone, unless it names
 * parts too.
 *
 * @throws Error for what it doesn't know.
 */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: "boolean", default: false },
      plugins: { type: "string" },
      file: { type: "string", multiple: true, default: [] },
      parts: { type: "string" },
      operations: { type: "string" },
      clients: { type: "string" },
      rounds: { type: "string" },
      "slice-ms": { type: "string" },
      roles: { type: "string" },
      mounts: { type: "string" },
    },
  });
  const all = values.short ? SHORT : WHOLE;
  const asksRequests = values.operations !== undefined || values.clients !== undefined;
  return {
    plugins: listOf(values.plugins) ?? all.plugins,
    files: values.file,
    parts: known("parts", PARTS, listOf(values.parts)) ?? (asksRequests ? ["requests"] : all.parts),
    operations:
      known("operations", Object.keys(OPERATIONS), listOf(values.operations)) ?? all.operations,
    clients: listOf(values.clients)?.map((text) => positive("clients", text)) ?? all.clients,
    rounds: positive("rounds", values.rounds) ?? all.rounds,
    sliceMs: positive("slice-ms", values["slice-ms"]) ?? all.sliceMs,
    scale: {
      roles: positive("roles", values.roles) ?? all.scale.roles,
      mounts: positive("mounts", values.mounts) ?? all.scale.mounts,
    },
  };
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(",").filter((part) => part !== "");
}

function known<T extends string>(
  option: string,
  all: readonly T[],
  named: readonly string[] | undefined,
): readonly T[] | undefined {
  return named?.map((name) => {
    const found = all.find((one) => one === name);
    if (found === undefined)
      throw new Error(`--${option} names "${name}": it must be some of ${all.join(",")}`);
    return found;
  });
}

function positive(option: string, text: string): number;
function positive(option: string, text: string | undefined): number | undefined;
function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${option} has "${text}": it must be a whole number above 0`);
  return number;
}
