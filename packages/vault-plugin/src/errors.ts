/**
 * The codes of errors. The host turns each into an HTTP status:
 * `wire/errors.ts` holds the table.
 */
export type PluginErrorCode =
  /** A mistake of the user: 400 with the message. */
  | "bad_request"
  /** It doesn't exist: 404. */
  | "not_found"
  /** The mount has no such path: 404. */
  | "unsupported_path"
  /** The path has no such operation: 405. */
  | "unsupported_operation"
  /** The client may not do it: 403. */
  | "permission_denied"
  /** This node may not write; the host forwards the request to the node that may. */
  | "read_only"
  /**
   * Another write changed what a transaction has read; nothing was stored: 409. The request may be
   * retried.
   */
  | "conflict"
  /** A remote system failed: 502. */
  | "upstream"
  /** A remote system did not respond in time: 504. */
  | "upstream_timeout"
  /** The client disconnected and nothing was done: 499, which no client reads. */
  | "canceled"
  /** A stored entry doesn't have this plugin's format: 500. */
  | "corrupt_entry"
  /** Any other error: 500. */
  | "internal";

/** The one error class of the framework. Branch on `code`; `message` is for people. */
export class PluginError extends Error {
  override readonly name = "PluginError";
  readonly code: PluginErrorCode;

  constructor(code: PluginErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /**
   * Returns any thrown value as a `PluginError`: itself, or `internal` with the value as its cause.
   */
  static from(error: unknown): PluginError {
    if (error instanceof PluginError) return error;
    return new PluginError("internal", error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
