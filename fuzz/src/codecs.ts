import { allow, mustHold } from "./allow.ts";

/** What ts-proto generates for a message. */
interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

function isCodec(value: unknown): value is Codec {
  return typeof value === "object" && value !== null && "encode" in value && "decode" in value;
}

/** The messages among what generated modules export. */
export function codecsOf(...modules: readonly object[]): readonly Codec[] {
  return modules.flatMap((module) => Object.values(module).filter(isCodec));
}

/**
 * Reads the bytes as one of the messages, which the first byte chooses. What can be read can be written, and what was written is read
 * as the same.
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

/** A time that no date can hold is read as an invalid one: nothing writes what the host has sent, and requests with it are refused. */
function isTimeError(error: unknown): boolean {
  return error instanceof RangeError && /NaN cannot be converted to a BigInt/.test(error.message);
}

/** The reader has no class of errors; a stack or a heap that runs over is one of its kinds, and no answer. */
function isReaderError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  return (
    ["Error", "RangeError"].includes(name) && !/call stack|allocation|array (?:buffer )?length/i.test(message)
  );
}
