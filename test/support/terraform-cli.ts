import {
  access,
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Server } from "@vault-ts/openbao";
import { execa } from "execa";
import type { ConnectProxy } from "./connect-proxy.ts";

/** The credentials helper, as it is shipped. */
export const HELPER = fileURLToPath(
  new URL("../../helpers/terraform-credentials-openbao", import.meta.url),
);

/** The first of some programs that is on the `PATH`; undefined if none is. */
export async function findProgram(...names: readonly string[]): Promise<string | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const file of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

export interface Outcome {
  readonly exitCode: number;
  /** Standard output and standard error. */
  readonly printed: string;
}

/**
 * The home of somebody who works with Terraform and with the server's command line: all that they
 * configured is in it.
 */
export interface Workplace extends AsyncDisposable {
  readonly home: string;
  /** What programs get, and nothing else; the command line of the server is on the `PATH`. */
  readonly env: Readonly<Record<string, string>>;
  run(
    program: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<Outcome>;
}

export interface WorkplaceOptions {
  /** Of the server. */
  readonly token: string;
  /** The PEM of the authority that Terraform trusts. */
  readonly caCert: string;
  /** The way to app.terraform.io. */
  readonly proxy: ConnectProxy;
  /** The block of the backend, within `terraform { }`. */
  readonly backend: string;
  /** The CLI configuration. */
  readonly cliConfig?: string;
}

/**
 * Makes a home with a configuration of Terraform in it, and the credentials helper where Terraform
 * looks for it.
 */
export async function newWorkplace(server: Server, options: WorkplaceOptions): Promise<Workplace> {
  const home = await mkdtemp(join(tmpdir(), "workplace-"));
  const [bin, plugins] = [join(home, "bin"), join(home, ".terraform.d", "plugins")];
  for (const folder of [bin, plugins]) await mkdir(folder, { recursive: true });
  await symlink(server.binary.path, join(bin, server.binary.cli));
  await copyFile(HELPER, join(plugins, "terraform-credentials-openbao"));
  await writeFile(join(home, "ca.pem"), options.caCert);
  await writeFile(join(home, ".terraformrc"), options.cliConfig ?? "");
  await writeFile(
    join(home, "main.tf"),
    `terraform {\n${options.backend}\n}\noutput "one" {\n  value = 1\n}\n`,
  );
  const env = {
    HOME: home,
    PATH: [bin, "/usr/bin", "/bin"].join(delimiter),
    [`${server.binary.prefix}_ADDR`]: server.address,
    [`${server.binary.prefix}_TOKEN`]: options.token,
    CHECKPOINT_DISABLE: "1",
    HTTPS_PROXY: options.proxy.url,
    SSL_CERT_FILE: join(home, "ca.pem"),
    TF_CLI_CONFIG_FILE: join(home, ".terraformrc"),
    TF_IN_AUTOMATION: "1",
  };
  return {
    home,
    env,
    async run(program, args, more = {}) {
      const { exitCode, all } = await execa(program, args, {
        cwd: home,
        env: { ...env, ...more },
        extendEnv: false,
        reject: false,
        all: true,
      });
      return { exitCode: exitCode ?? -1, printed: all };
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true }),
  };
}
