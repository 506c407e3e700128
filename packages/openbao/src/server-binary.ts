import { resolve } from "node:path";
import { execa } from "execa";
import { OpenBaoError } from "./openbao-error.ts";
import { withoutServerVariables } from "./server-environment.ts";

/** A program that is both a server and its command line. */
export interface ServerBinary {
  /** Absolute. */
  readonly path: string;
  readonly kind: "openbao" | "vault";
  /** Such as `2.7.2`. */
  readonly version: string;
  /** The name of its command line. */
  readonly cli: "bao" | "vault";
  /** Begins the names of its environment variables: `BAO_ADDR`, `VAULT_ADDR`. */
  readonly prefix: "BAO" | "VAULT";
}

/** A version may be followed by the date of the build, after a comma. */
const VERSION = /^(OpenBao|Vault) v([^\s,]+)/;

/**
 * Returns the kind and version of a program.
 *
 * @param origin Where the path comes from, for errors, such as `BAO_BIN`.
 * @param remedy What to do, for errors.
 * @throws OpenBaoError `not_a_server` if it can't be run, or isn't a server.
 */
export async function inspectBinary(
  file: string,
  origin: string,
  remedy: string,
): Promise<ServerBinary> {
  const path = resolve(file);
  const { stdout, failed, code } = await execa(path, ["version"], {
    env: withoutServerVariables(process.env),
    extendEnv: false,
    reject: false,
    timeout: 60_000,
    stdin: "ignore",
  });
  const [, product, version = ""] = (!failed && VERSION.exec(stdout)) || [];
  if (product === "OpenBao") return { path, kind: "openbao", version, cli: "bao", prefix: "BAO" };
  if (product === "Vault") return { path, kind: "vault", version, cli: "vault", prefix: "VAULT" };
  throw new OpenBaoError("not_a_server", `${origin} is ${path}, which ${problem(code)}; ${remedy}`);
}

function problem(code: string | undefined): string {
  if (code === "ENOENT") return "does not exist";
  if (code === "EACCES") return "is not an executable program";
  return "does not respond as an OpenBao or Vault server";
}
