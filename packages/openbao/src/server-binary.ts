import { execa } from "execa";
import { OpenBaoError } from "./openbao-error.ts";

/** A program that is a server and its command line in one. */
export interface ServerBinary {
  readonly path: string;
  readonly kind: "openbao" | "vault";
  /** Such as `2.7.2`. */
  readonly version: string;
  /** The name of its command line. */
  readonly cli: "bao" | "vault";
  /** Begins the names of its environment variables: `BAO_ADDR`, `VAULT_ADDR`. */
  readonly prefix: "BAO" | "VAULT";
}

const VERSION = /^(OpenBao|Vault) v(\S+)/;

/**
 * Asks a program what it is.
 *
 * @throws OpenBaoError `not_a_server` if it can't be run, or is no server.
 */
export async function inspectBinary(path: string, name: string): Promise<ServerBinary> {
  const { stdout, failed } = await execa(path, ["version"], {
    reject: false,
    timeout: 10_000,
    stdin: "ignore",
  });
  const [, product, version = ""] = (!failed && VERSION.exec(stdout)) || [];
  if (product === "OpenBao") return { path, kind: "openbao", version, cli: "bao", prefix: "BAO" };
  if (product === "Vault") return { path, kind: "vault", version, cli: "vault", prefix: "VAULT" };
  throw new OpenBaoError(
    "not_a_server",
    `${name} is ${path}, which is not an OpenBao or Vault server that can be run here.`,
  );
}
