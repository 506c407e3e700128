import type { TlsOptions } from "@vault-ts/terraform-cloud/simulator";
import { generate } from "selfsigned";

/** A certificate for this machine, and names that lead to it, that is its own authority. */
export async function selfSigned(...names: readonly string[]): Promise<TlsOptions> {
  const dns = names.map((value) => ({ type: 2 as const, value }));
  const { private: key, cert } = await generate(
    [{ name: "commonName", value: "tfe.example.com" }],
    {
      algorithm: "sha256",
      extensions: [
        { name: "basicConstraints", cA: true },
        { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }, ...dns] },
      ],
    },
  );
  return { key, cert };
}
