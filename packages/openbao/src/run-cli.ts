import { execa } from "execa";
import type { ServerBinary } from "./server-binary.ts";
import { withoutServerVariables } from "./server-environment.ts";

const TIMEOUT_MS = 120_000;

export interface CliOutcome {
  /** -1 if it was killed by a signal or after the time limit of two minutes. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly address: string;
  readonly token: string;
  /** Its home, where it stores the token of a login. */
  readonly home: string;
  readonly stdin?: string | undefined;
}

/** Runs the real command line, with address and token in its environment. A failure is returned. */
export async function runCli(
  { path, prefix }: ServerBinary,
  args: readonly string[],
  { address, token, home, stdin = "" }: CliOptions,
): Promise<CliOutcome> {
  const { exitCode, stdout, stderr } = await execa(path, args, {
    env: {
      ...withoutServerVariables(process.env),
      HOME: home,
      [`${prefix}_ADDR`]: address,
      [`${prefix}_TOKEN`]: token,
    },
    extendEnv: false,
    reject: false,
    timeout: TIMEOUT_MS,
    input: stdin,
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}
