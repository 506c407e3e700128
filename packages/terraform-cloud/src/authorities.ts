import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a PEM text. @throws TerraformCloudError `invalid_ca_cert` if there is none, or one isn't valid. */
export function parseCertificates(pem: string): readonly string[] {
  const certificates = pem.match(CERTIFICATE) ?? [];
  try {
    if (certificates.length === 0) throw new Error("there is none");
    for (const certificate of certificates) new X509Certificate(certificate);
    return certificates;
  } catch (error) {
    throw new TerraformCloudError("invalid_ca_cert", "ca_cert takes certificates in PEM", { cause: error });
  }
}

/**
 * The authorities to trust: the well-known ones, those of the file that `PLUGIN_EXTRA_CA_CERTS` names, which has the same meaning as
 * Node's `NODE_EXTRA_CA_CERTS`, and more. Undefined if it is Node's own list.
 */
export async function authorities(
  more: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string[] | undefined> {
  const file = env["PLUGIN_EXTRA_CA_CERTS"];
  // As Node does, a file that can't be read is passed over: connections that need it say so.
  const extra = file ? ((await readFile(file, "utf8").catch(() => "")).match(CERTIFICATE) ?? []) : [];
  return extra.length + more.length > 0 ? [...rootCertificates, ...extra, ...more] : undefined;
}
