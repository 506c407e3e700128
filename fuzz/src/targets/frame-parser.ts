import { FrameParser } from "../../../packages/go-plugin/src/grpc/frame.ts";
import { GrpcError } from "../../../packages/go-plugin/src/grpc/status.ts";
import { mustHold } from "../allow.ts";

const MAX_BYTES = 4096;

/** Sizes of chunks, then a body of two frames, of a compressed one, and of one that is too long. */
export const seeds = [
  Buffer.from("0102030405060708000000000161000000000162", "hex"),
  Buffer.from("0102030405060708010000000161", "hex"),
  Buffer.from("01020304050607080000100001", "hex"),
];

/**
 * A body is parsed to the same messages, whole and in chunks whose sizes are in the first bytes.
 */
export function fuzz(data: Buffer): void {
  const sizes = data.subarray(0, 8);
  const body = data.subarray(8);
  const whole = outcome([body]);
  mustHold(outcome(cut(body, sizes)) === whole, "an outcome that hangs on the chunks");
}

function cut(body: Buffer, sizes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  let start = 0;
  for (const size of sizes) {
    chunks.push(body.subarray(start, start + size));
    start = Math.min(start + size, body.length);
  }
  return [...chunks, body.subarray(start)];
}

/** Returns the messages, or the code of the error that the body ends with. */
function outcome(chunks: readonly Buffer[]): string {
  const parser = new FrameParser(MAX_BYTES);
  const messages: string[] = [];
  try {
    for (const chunk of chunks)
      for (const each of parser.push(chunk)) messages.push(each.toString("hex"));
    return messages.join(" ");
  } catch (error) {
    if (error instanceof GrpcError) return `code ${error.code}`;
    throw error;
  }
}
