import { ErrorCode, Http2Error } from "./error-code.ts";

/**
 * The lengths in bits of the Huffman codes of all bytes. The codes follow from them: shorter ones
 * first, and in the order of the bytes among those of one length. RFC 7541, appendix B.
 */
const LENGTHS = `
  13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
  6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10
  13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
  15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28
  20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
  22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
  26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
  20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26`
  .trim()
  .split(/\s+/)
  .map(Number);

const BYTES = [...LENGTHS.keys()];

const MAX_LENGTH = 30;

/** The codes of one length: a sequence of numbers, in the order of their bytes. */
interface Codes {
  readonly first: number;
  readonly bytes: readonly number[];
}

const CODES = codesByLength();

function codesByLength(): readonly Codes[] {
  const codes: Codes[] = [];
  let first = 0;
  for (let length = 0; length <= MAX_LENGTH; length += 1) {
    const bytes = BYTES.filter((byte) => LENGTHS[byte] === length);
    codes.push({ first, bytes });
    first = (first + bytes.length) * 2;
  }
  return codes;
}

/**
 * Decodes a string of a header.
 *
 * @throws Http2Error COMPRESSION_ERROR if it isn't valid.
 */
export function decodeHuffman(encoded: Buffer): string {
  const decoded: number[] = [];
  let [code, length] = [0, 0];
  for (const byte of encoded) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = code * 2 + ((byte >> bit) & 1);
      length += 1;
      const codes = CODES[length];
      if (!codes) throw new Http2Error(ErrorCode.COMPRESSION_ERROR, "an unknown Huffman code");
      const found = codes.bytes[code - codes.first];
      if (found === undefined) continue;
      decoded.push(found);
      [code, length] = [0, 0];
    }
  }
  // The last byte is filled with ones.
  if (length > 7 || code !== 2 ** length - 1)
    throw new Http2Error(ErrorCode.COMPRESSION_ERROR, "a Huffman code without its end");
  return Buffer.from(decoded).toString("latin1");
}
