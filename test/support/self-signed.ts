import type { TlsOptions } from "@vault-ts/terraform-cloud/simulator";
import { generate } from "selfsigned";

/** A certificate for this machine that is its own authority. */
export async function selfSigned(): Promise<TlsOptions> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "tfe.example.com" }], {
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  return { key, cert };
}
