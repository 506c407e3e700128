/**
 * The percent-encoding of `grpc-message`: all of UTF-8 except for printable ASCII without the
 * percent sign.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

/**
 * The length limit of a message: encoded, it is at most nine times as long, which fits into one
 * block of headers.
 */
const MAX_CHARACTERS = 4096;

/** Encodes a message, truncated to the limit. */
export function encodeStatusMessage(message: string): string {
  return Buffer.from(message.slice(0, MAX_CHARACTERS), "utf8")
    .toString("latin1")
    .replace(
      /[^\x20-\x24\x26-\x7e]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    );
}

/** Decodes a message; invalid sequences remain as they are. */
export function decodeStatusMessage(encoded: string): string {
  const latin1 = encoded.replace(/%([\da-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(latin1, "latin1").toString("utf8");
}
