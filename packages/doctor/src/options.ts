import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Upstream } from "./upstream.ts";

export const USAGE = `usage: vault-plugin-secrets-terraform doctor [--json]
    [--address=https://app.terraform.io] [--base-path=/api/v2/] [--ca-cert=FILE]

Checks the plugin's file and its connection to Terraform Cloud. With BAO_ADDR and BAO_TOKEN (or
VAULT_ADDR and VAULT_TOKEN), it also checks the plugin's registration and mounts. Without --address,
it checks the addresses that the server's mounts call. The exit code is 1 if a check fails.
`;

export interface Options {
  readonly json: boolean;
  /** Undefined if the address isn't given. */
  readonly upstream: Upstream | undefined;
}

export const DEFAULT_UPSTREAM: Upstream = {
  address: "https://app.terraform.io",
  basePath: "/api/v2/",
  caCert: "",
};

/** @throws an error of `parseArgs`, or of reading the file. */
export async function parseOptions(args: readonly string[]): Promise<Options> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      address: { type: "string" },
      "base-path": { type: "string" },
      "ca-cert": { type: "string" },
    },
  });
  const { address, "base-path": basePath, "ca-cert": caFile } = values;
  const isGiven = [address, basePath, caFile].some((value) => value !== undefined);
  const upstream = {
    address: address ?? DEFAULT_UPSTREAM.address,
    basePath: basePath ?? DEFAULT_UPSTREAM.basePath,
    caCert: caFile === undefined ? "" : await readFile(caFile, "utf8"),
  };
  return { json: values.json, upstream: isGiven ? upstream : undefined };
}
