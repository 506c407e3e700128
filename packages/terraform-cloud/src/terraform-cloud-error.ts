export type TerraformCloudErrorCode =
  /** The address is not an http or https address of a host. */
  | "invalid_address"
  /** The certificates to trust are not PEM. */
  | "invalid_ca_cert"
  /** 401: the token is not known, or has expired. */
  | "unauthorized"
  /** 403. */
  | "forbidden"
  /** 404 of Terraform Cloud itself: it doesn't exist, or this token may not see it. */
  | "not_found"
  /**
   * 404 of something that doesn't answer as Terraform Cloud does: a proxy, or a wrong base path.
   */
  | "not_found_unproven"
  /** 400, 409, 412, 422: the request itself is rejected; or it is never sent, being invalid. */
  | "invalid"
  /** This edition of the server doesn't support it; no request was sent. */
  | "unsupported"
  /** 429. */
  | "rate_limited"
  /** 5xx. */
  | "server_error"
  /** 3xx: redirects are never followed, since the token would go along. */
  | "redirected"
  /** No response in time. */
  | "timeout"
  /** No connection, or one that broke: name, route or port. */
  | "unreachable"
  /** The server's certificate is not trusted. */
  | "tls"
  /** A response that isn't what the API promises. */
  | "malformed"
  /** A response larger than any of the API. */
  | "too_large"
  /** The caller's signal was aborted. */
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

/**
 * A call to Terraform Cloud that failed. Its message is `<operation> failed: <cause>` and never
 * holds a token.
 */
export class TerraformCloudError extends Error {
  override readonly name = "TerraformCloudError";
  readonly code: TerraformCloudErrorCode;
  /** The HTTP status, if there was a response. */
  readonly status: number | undefined;
  /** True if the change was certainly not applied; otherwise its outcome is unknown. */
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
}
