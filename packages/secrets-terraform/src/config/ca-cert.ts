import { X509Certificate } from "node:crypto";
import { PluginError } from "@vault-ts/vault-plugin";

/**
 * A block, or one that is cut off. It goes no further than the next five hyphens: to search the
 * rest of the text for each END takes seconds where there are many BEGINs.
 */
const BLOCK = /-----BEGIN ([^-\n]+)-----(?:(?!-----)[\s\S])*(?:-----END \1-----)?/g;

/**
 * The certificates of a PEM text, and nothing else of it: whatever is stored is shown to each
 * reader of config.
 *
 * @throws PluginError `bad_request` for anything else than certificates, such as a private key.
 */
export function certificatesOf(pem: string): string {
  if (pem.trim() === "") return "";
  const blocks = [...pem.matchAll(BLOCK)];
  const other = blocks.find(([, label]) => label !== "CERTIFICATE");
  if (other)
    throw new PluginError(
      "bad_request",
      `ca_cert must contain certificates only, not a ${other[1]}`,
    );
  if (blocks.length === 0)
    throw new PluginError("bad_request", "ca_cert must be PEM-encoded certificates");
  const certificates = blocks.map(([certificate]) => certificate);
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (error) {
    throw new PluginError(
      "bad_request",
      "ca_cert must be PEM-encoded certificates: one of them isn't valid",
      {
        cause: error,
      },
    );
  }
  // What surrounds them may be anything; blank lines between them are left as they are.
  return pem.replace(BLOCK, "").trim() === "" ? pem : `${certificates.join("\n")}\n`;
}
