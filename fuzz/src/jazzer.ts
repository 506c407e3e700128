import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../jazzer", import.meta.url));
const CLI = `${FOLDER}/node_modules/@jazzer.js/core/dist/cli.js`;

/** The memory limit of a target, with all of Node. */
const RSS_LIMIT_MB = 1024;
const MAX_INPUT_BYTES = 8192;
/** How much of the end of the fuzzer's log is shown after a finding. */
const MAX_FINDING_CHARACTERS = 20_000;

/** The result of a target. */
export interface Outcome {
  readonly executions: number;
  /** The finding; undefined if there is none. */
  readonly finding: string | undefined;
}

/**
 * Installs the fuzzer, which isn't a dependency: it has 31 MB, and only fuzzing needs it.
 *
 * @throws Error if it can't be installed, or doesn't run on this machine.
 */
export function installJazzer(): void {
  if (!existsSync(CLI)) {
    const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], {
      cwd: FOLDER,
      stdio: "inherit",
    });
    if (status !== 0) throw new Error("Jazzer.js can't be installed.");
  }
  const { status, stderr } = spawnSync(process.execPath, [CLI, "--version"], { encoding: "utf8" });
  if (status === 0) return;
  const [reason = "it doesn't start"] = stderr
    .split("\n")
    .filter((line) => line.startsWith("Error: "));
  throw new Error(`Jazzer.js doesn't run here (Linux needs glibc 2.38 or newer): ${reason}`);
}

/**
 * Fuzzes one target, starting from its seeds, and from the corpus of earlier runs.
 *
 * @param bundle A CommonJS file: others can't be instrumented.
 * @param output A folder: for the corpus, and for the input of a finding.
 */
export function fuzz(
  bundle: string,
  output: string,
  seeds: readonly Buffer[],
  seconds: number,
): Promise<Outcome> {
  const corpus = `${output}/corpus/`;
  mkdirSync(corpus, { recursive: true });
  for (const [index, seed] of seeds.entries()) writeFileSync(`${corpus}seed-${index}`, seed);
  // A file instead of a pipe: output of the fuzzer is lost when a pipe is full.
  const log = `${output}/log.txt`;
  const descriptor = openSync(log, "w");
  const child = spawn(
    process.execPath,
    [
      CLI,
      bundle,
      corpus,
      ...["--sync", "--includes", bundle, "--timeout", "5000", "--", ...libFuzzer(output, seconds)],
    ],
    { stdio: ["ignore", "inherit", descriptor] },
  );
  closeSync(descriptor);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      const text = readFileSync(log, "utf8");
      const executions = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(text)?.[1] ?? 0);
      // A fuzzer that hasn't run must not count as one without findings.
      const isGood = code === 0 && executions > 0;
      const finding = `${text.slice(-MAX_FINDING_CHARACTERS)}\nended with ${code ?? signal}`;
      resolve({ executions, finding: isGood ? undefined : finding });
    });
  });
}

function libFuzzer(output: string, seconds: number): string[] {
  return [
    `-max_total_time=${seconds}`,
    `-rss_limit_mb=${RSS_LIMIT_MB}`,
    `-max_len=${MAX_INPUT_BYTES}`,
    `-artifact_prefix=${output}/`,
    "-print_final_stats=1",
  ];
}
