export type OpenBaoErrorCode =
  /** A program was called with invalid arguments. */
  | "usage"
  /** `BAO_BIN` or `VAULT_BIN` is no server. */
  | "not_a_server"
  /** Python is missing. */
  | "no_python"
  /** Python has no pip. */
  | "no_pip"
  /** There is no package of the server for this machine. */
  | "unsupported_platform"
  /** The package can't be downloaded or unpacked. */
  | "download_failed"
  /** The package isn't the one that is pinned. */
  | "wrong_hash"
  /** The port is taken. */
  | "port_in_use"
  /** The file of a plugin doesn't exist. */
  | "no_plugin"
  /** The server ended while it started, or wasn't ready in time. */
  | "not_started"
  /** The server doesn't answer. */
  | "unreachable"
  /** The server rejected a request. */
  | "refused";

/** A failure of a server. The message is one sentence for the person at the terminal. */
export class OpenBaoError extends Error {
  override readonly name = "OpenBaoError";
  readonly code: OpenBaoErrorCode;

  constructor(code: OpenBaoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
