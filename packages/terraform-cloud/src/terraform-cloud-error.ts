export type TerraformCloudErrorCode =
  /** The address is no http or https address of a host. */
  | "invalid_address"
  /** The certificates to trust are not PEM. */
  | "invalid_ca_cert"
  /** 401: the token is not known, or has expired. */
  | "unauthorized"
  /** 403. */
  | "forbidden"
  /** 404, said by Terraform Cloud itself: it isn't there, or this token may not see it. */
  | "not_found"
  /** 404, from something that doesn't speak as Terraform Cloud does: a proxy, or a wrong base path. */
  | "not_found_unproven"
  /** 400, 409, 412, 422: the request itself isn't acceptable. */
  | "invalid"
  /** This server, or its edition, has no such thing; nothing was asked for. */
  | "unsupported"
  /** 429. */
  | "rate_limited"
  /** 5xx. */
  | "server_error"
  /** 3xx: redirects are never followed, since the token would go along. */
  | "redirected"
  /** No answer in time. */
  | "timeout"
  /** No connection, or one that broke: name, route or port. */
  | "unreachable"
  /** The server's certificate is not to be trusted. */
  | "tls"
  /** An answer that isn't what the API promises. */
  | "malformed"
  /** An answer larger than any that the API gives. */
  | "too_large"
  /** The caller's own signal. */
  | "aborted";

const NOT_APPLIED: ReadonlySet<TerraformCloudErrorCode> = new Set([
  "invalid_address",
  "invalid_ca_cert",
  "unauthorized",
  "forbidden",
  "not_found",
  "invalid",
  "unsupported",
  "rate_limited",
]);

/** A call to Terraform Cloud that failed. The message says what was wanted and what happened, and never holds a token. */
export class TerraformCloudError extends Error {
  override readonly name = "TerraformCloudError";
  readonly code: TerraformCloudErrorCode;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** True if what was asked has surely not been done; else it may have been, and only the answer is missing. */
  readonly notApplied: boolean;

  constructor(
    code: TerraformCloudErrorCode,
    message: string,
    options: ErrorOptions & { readonly status?: number; readonly notApplied?: boolean } = {},
  ) {
    super(message, options);
    this.code = code;
    this.status = options.status;
    this.notApplied = options.notApplied ?? NOT_APPLIED.has(code);
  }

  /** The same error, where an earlier attempt may have been applied: whatever the code says of the last one. */
  withOutcomeUnknown(): TerraformCloudError {
    const { code, message, cause, status } = this;
    return new TerraformCloudError(code, message, {
      cause,
      ...(status !== undefined && { status }),
      notApplied: false,
    });
  }
}
