import { execFile } from "node:child_process";
import { PLUGIN_FILE } from "@vault-ts/dev";
import type { Server } from "@vault-ts/openbao";

export interface DoctorOutcome {
  readonly exitCode: number;
  /** Standard output and standard error. */
  readonly printed: string;
  /** The lines of what is wrong. */
  readonly wrong: readonly string[];
}

/** How the doctor is called: the shipped file, without a server, and by itself. */
export interface DoctorCall {
  readonly file?: string;
  /** What runs the file, such as `node`; the file itself if absent. */
  readonly program?: string;
  readonly args?: readonly string[];
  readonly server?: Server;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the plugin by hand, with `doctor`. */
export async function runDoctor(call: DoctorCall): Promise<DoctorOutcome> {
  const { file = PLUGIN_FILE, program, args = [], server, env = {} } = call;
  const command = [...(program ? [program] : []), file, "doctor", ...args];
  const options = {
    env: {
      PATH: process.env["PATH"],
      ...(server && {
        [`${server.binary.prefix}_ADDR`]: server.address,
        [`${server.binary.prefix}_TOKEN`]: server.rootToken,
      }),
      ...env,
    },
  };
  return await new Promise((resolve) => {
    const child = execFile(command[0] ?? "", command.slice(1), options, (_, stdout, stderr) => {
      const printed = stdout + stderr;
      const wrong = printed.split("\n").filter((line) => line.startsWith("WRONG"));
      resolve({ exitCode: child.exitCode ?? -1, printed, wrong });
    });
  });
}
