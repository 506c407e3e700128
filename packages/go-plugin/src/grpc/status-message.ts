/**
 * The percent-encoding of `grpc-message`: UTF-8, where all but printable ASCII, and the percent sign itself, is encoded.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

/** How much of a message is sent: nine times as many bytes, at worst, still fit into one block of headers. */
const MAX_CHARACTERS = 4096;

/** The message for the header, cut off where it is very long. */
export function encodeStatusMessage(message: string): string {
  return Buffer.from(message.slice(0, MAX_CHARACTERS), "utf8")
    .toString("latin1")
    .replace(
      /[^\x20-\x24\x26-\x7e]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    );
}

/** The message again; what isn't valid is kept as it came. */
export function decodeStatusMessage(encoded: string): string {
  const latin1 = encoded.replace(/%([\da-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(latin1, "latin1").toString("utf8");
}
