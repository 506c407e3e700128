import { generate } from "selfsigned";

/** A host's certificate and its key, in PEM, on the curve that servers use. */
export async function makeHostCertificate(): Promise<{
  readonly certificate: string;
  readonly key: string;
}> {
  const { cert: certificate, private: key } = await generate(
    [{ name: "commonName", value: "localhost" }],
    {
      keyType: "ec",
      curve: "P-521",
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
    },
  );
  return { certificate, key };
}
