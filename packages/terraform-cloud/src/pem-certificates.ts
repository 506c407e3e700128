import { X509Certificate } from "node:crypto";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Returns the certificates in a PEM string, valid or not. Line breaks become LF. */
export function pemCertificates(pem: string): readonly string[] {
  return pem.replaceAll("\r", "").match(CERTIFICATE) ?? [];
}

/**
 * Returns the certificates in a PEM string.
 *
 * @throws TerraformCloudError `invalid_ca_cert` if there is none, or one isn't valid.
 */
export function parseCertificates(pem: string): readonly string[] {
  const certificates = pemCertificates(pem);
  try {
    if (certificates.length === 0) throw new Error("there is none");
    for (const certificate of certificates) new X509Certificate(certificate);
    return certificates;
  } catch (error) {
    throw new TerraformCloudError("invalid_ca_cert", "ca_cert must be PEM-encoded certificates", {
      cause: error,
    });
  }
}
