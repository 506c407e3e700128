/** Codes for certificates that no trusted authority has issued. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

const TLS_CODE =
  /CERT|SSL|TLS|SIGNATURE|EPROTO|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/;

/** What OpenSSL says of a host that responds in plain text, such as HTTP. */
const NO_TLS = /wrong version number|packet length too long/;

/** Returns why a connection failed, for a message, and whether the cause is TLS. */
export function explainFailure(error: unknown): { readonly isTls: boolean; readonly why: string } {
  const { code = "", message = "" } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const isTls = TLS_CODE.test(code);
  if (NO_TLS.test(message))
    return { isTls, why: "the host doesn't respond in TLS; check the scheme and port of address" };
  if (!UNTRUSTED.has(code)) return { isTls, why: message.trim() || code };
  return {
    isTls,
    why: `${message}; set ca_cert to the certificate of the authority that issued the host's, in PEM`,
  };
}
