import { allow, mustHold } from "./allow.ts";

/** The codec of a message, as ts-proto generates it. */
interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

function isCodec(value: unknown): value is Codec {
  return typeof value === "object" && value !== null && "encode" in value && "decode" in value;
}

/** Returns the messages among the exports of generated modules. */
export function codecsOf(...modules: readonly object[]): readonly Codec[] {
  return modules.flatMap((module) => Object.values(module).filter(isCodec));
}

/**
 * Decodes the bytes as one of the messages, which the first byte chooses. A message that can be
 * decoded can be encoded, and is then decoded to the same.
 */
export function fuzzCodecs(codecs: readonly Codec[], data: Buffer): void {
  const codec = codecs[(data[0] ?? 0) % codecs.length];
  if (!codec) return;
  const message = allow(isReaderError, () => codec.decode(data.subarray(1)));
  if (message === undefined) return;
  const bytes = allow(isTimeError, () => codec.encode(message).finish());
  if (bytes === undefined) return;
  const written = Buffer.from(bytes);
  const again = Buffer.from(codec.encode(codec.decode(written)).finish());
  mustHold(written.equals(again), "a message that is another once it is written and read");
}

/**
 * A time beyond the range of a date is decoded as an invalid one: it is never encoded, and requests
 * with it are rejected.
 */
function isTimeError(error: unknown): boolean {
  return error instanceof RangeError && /NaN cannot be converted to a BigInt/.test(error.message);
}

/** The decoder has no error class of its own; a stack overflow is a finding. */
function isReaderError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  return (
    ["Error", "RangeError"].includes(name) &&
    !/call stack|allocation|array (?:buffer )?length/i.test(message)
  );
}
