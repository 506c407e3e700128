import { readMetadata } from "../../../packages/go-plugin/src/grpc/metadata.ts";
import { toGrpcCode } from "../../../packages/go-plugin/src/grpc/status.ts";
import {
  decodeStatusMessage,
  encodeStatusMessage,
} from "../../../packages/go-plugin/src/grpc/status-message.ts";
import { parseTimeout } from "../../../packages/go-plugin/src/grpc/timeout.ts";
import { mustHold } from "../allow.ts";

export const seeds = [
  "99999999H",
  "grpc-timeout\n10S",
  "multiplex_id\nb1f7",
  "100%25 s%C3%BCre",
  "16",
].map((text) => Buffer.from(text));

/**
 * Parses the headers of a call: metadata, timeout, status. None may fail, whatever the other side
 * sends.
 */
export function fuzz(data: Buffer): void {
  const text = data.toString("latin1");

  for (const header of [text, timeoutOf(data)]) {
    const timeout = parseTimeout(header) ?? 0;
    mustHold(
      Number.isInteger(timeout) && timeout >= 0 && timeout < 2 ** 31,
      "a timeout that no timer can wait for",
    );
  }

  const code = toGrpcCode(Number(text));
  mustHold(code >= 0 && code <= 16, "a status that is none");

  const message = decodeStatusMessage(text);
  mustHold(message.length <= text.length, "a message that is longer than its encoding");
  mustHold(/^[\x20-\x7e]*$/.test(encodeStatusMessage(message)), "a message that fits in no header");

  const [name = "", ...values] = text.split("\n");
  for (const key of readMetadata(new Map([[name, values.join()]])).keys()) {
    mustHold(key === name && !key.startsWith(":"), "metadata that is a header of the call");
  }
}

/**
 * Generates a timeout of the specification, or a similar one: a fuzzer rarely finds strings that
 * match a pattern.
 */
function timeoutOf(data: Buffer): string {
  const [unit = 0, ...digits] = data.subarray(0, 10).map((byte) => byte % 10);
  return `${digits.join("")}${"HMSmunHMSx"[unit]}`;
}
