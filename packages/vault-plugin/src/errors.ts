/**
 * What went wrong, in the words that a host understands. The host turns each code into an HTTP status:
 * `wire/errors.ts` holds the table.
 */
export type PluginErrorCode =
  /** The user's mistake: 400 with the message. */
  | "bad_request"
  /** Not there: 404. */
  | "not_found"
  /** The mount has no such path: 404. */
  | "unsupported_path"
  /** The path has no such operation: 405. */
  | "unsupported_operation"
  /** Not allowed: 403. */
  | "permission_denied"
  /** This node may not write; the host forwards the request to the active node. */
  | "read_only"
  /** What a transaction has read was changed meanwhile, and nothing of it has happened: 409. It may be tried again. */
  | "conflict"
  /** A remote system that the plugin depends on failed or refused: 502. */
  | "upstream"
  /** A remote system did not answer in time: 504. */
  | "upstream_timeout"
  /** The client went away, and what it asked for was left undone: 499, which nobody reads. */
  | "canceled"
  /** A stored entry is not what this plugin writes: 500. */
  | "corrupt_entry"
  /** Anything else: 500. */
  | "internal";

/** The one error class of the framework. Branch on `code`; `message` is for people. */
export class PluginError extends Error {
  override readonly name = "PluginError";
  readonly code: PluginErrorCode;

  constructor(code: PluginErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Any thrown value as a `PluginError`: itself, or `internal` with the value as its cause. */
  static from(error: unknown): PluginError {
    if (error instanceof PluginError) return error;
    return new PluginError("internal", error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
