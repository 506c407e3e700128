import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server } from "@vault-ts/openbao";
import { execa } from "execa";
import { findProgram, HELPER } from "./terraform-cli.ts";

export interface HelperOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The arguments of each command that it ran. */
  readonly commands: readonly string[];
}

/**
 * Runs the credentials helper in a shell, with nothing but the server's own command line on the
 * `PATH`, and the root token.
 *
 * @param server None for a machine that has no command line of it.
 */
export async function runHelper(
  server: Server | undefined,
  [program = "", ...before]: readonly string[],
  args: readonly string[],
  input = "",
): Promise<HelperOutcome> {
  const shell = await findProgram(program);
  const cat = await findProgram("cat");
  if (!shell || !cat) throw new Error(`${program} and cat must be on the PATH`);
  const folder = await mkdtemp(join(tmpdir(), "helper-"));
  const log = join(folder, "commands");
  const put = async (name: string, script: string) => {
    await writeFile(join(folder, name), `#!${shell} ${before.join(" ")}\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  };
  try {
    await put("cat", `exec ${cat} "$@"`);
    const prefix = server?.binary.prefix ?? "BAO";
    if (server)
      await put(server.binary.cli, `echo "$*" >>"${log}"; exec ${server.binary.path} "$@"`);
    const { exitCode, stdout, stderr } = await execa(shell, [...before, HELPER, ...args], {
      env: {
        PATH: folder,
        HOME: folder,
        ...(server && {
          [`${prefix}_ADDR`]: server.address,
          [`${prefix}_TOKEN`]: server.rootToken,
        }),
        [`${prefix}_FORMAT`]: "json",
      },
      extendEnv: false,
      reject: false,
      input,
    });
    const commands = (await readFile(log, "utf8").catch(() => ""))
      .trim()
      .split("\n")
      .filter(Boolean);
    return { exitCode: exitCode ?? -1, stdout, stderr, commands };
  } finally {
    await rm(folder, { recursive: true });
  }
}
