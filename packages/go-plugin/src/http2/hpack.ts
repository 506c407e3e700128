import { ErrorCode, Http2Error } from "./error-code.ts";
import { decodeHuffman } from "./huffman.ts";

/** Headers by their lower-case names. Repeated ones are joined with commas. */
export type Headers = ReadonlyMap<string, string>;

interface Header {
  readonly name: string;
  readonly value: string;
}

/** The table that both peers know, from index 1. RFC 7541, appendix A. */
const STATIC: readonly Header[] = `
:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`
  .trim()
  .split("\n")
  .map((line) => {
    const [name = "", ...value] = line.split(" ");
    return { name, value: value.join(" ") };
  });

/** The limit of a table in bytes that a peer may rely on, if nothing else is agreed. */
const MAX_TABLE_BYTES = 4096;

/** What an entry of the table counts beside its two strings. */
const ENTRY_BYTES = 32;

/** The limit of a block's headers in bytes, as the table counts them. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** Decodes the blocks of headers that a peer sends, all of them, in their order. RFC 7541. */
export class HpackDecoder {
  /** The newest entry comes last. */
  readonly #entries: Header[] = [];
  #bytes = 0;
  #maxBytes = MAX_TABLE_BYTES;

  /**
   * @throws Http2Error COMPRESSION_ERROR if the block isn't valid; ENHANCE_YOUR_CALM if its headers
   * are too large.
   */
  decode(block: Buffer): Headers {
    const headers = new Map<string, string>();
    let bytes = 0;
    const reader = new BlockReader(block);
    while (!reader.isAtEnd) {
      const kind = reader.peek();
      // A change of the table's size has no header.
      if (kind >> 5 === 0b001) {
        this.#resize(reader.integer(5));
        continue;
      }
      const header = this.#next(reader, kind);
      bytes += sizeOf(header);
      if (bytes > MAX_HEADER_BYTES)
        throw new Http2Error(ErrorCode.ENHANCE_YOUR_CALM, "too many headers");
      const { name, value } = header;
      const before = headers.get(name);
      headers.set(name, before === undefined ? value : `${before},${value}`);
    }
    return headers;
  }

  #next(reader: BlockReader, kind: number): Header {
    if (kind & 0x80) return this.#at(reader.integer(7));
    const isKept = (kind & 0x40) !== 0;
    const index = reader.integer(isKept ? 6 : 4);
    const name = index === 0 ? reader.string() : this.#at(index).name;
    const header = { name, value: reader.string() };
    if (isKept) this.#keep(header);
    return header;
  }

  #at(index: number): Header {
    const found =
      index <= STATIC.length
        ? STATIC[index - 1]
        : this.#entries[this.#entries.length - (index - STATIC.length)];
    if (!found) throw new Http2Error(ErrorCode.COMPRESSION_ERROR, `no header ${index}`);
    return found;
  }

  #keep(header: Header): void {
    this.#entries.push(header);
    this.#bytes += sizeOf(header);
    this.#evict();
  }

  #resize(maxBytes: number): void {
    if (maxBytes > MAX_TABLE_BYTES)
      throw new Http2Error(ErrorCode.COMPRESSION_ERROR, `a table of ${maxBytes} bytes`);
    this.#maxBytes = maxBytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#entries.shift();
      if (!oldest) return;
      this.#bytes -= sizeOf(oldest);
    }
  }
}

function sizeOf({ name, value }: Header): number {
  return name.length + value.length + ENTRY_BYTES;
}

class BlockReader {
  readonly #block: Buffer;
  #position = 0;

  constructor(block: Buffer) {
    this.#block = block;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#block.length;
  }

  peek(): number {
    const byte = this.#block[this.#position];
    if (byte === undefined)
      throw new Http2Error(ErrorCode.COMPRESSION_ERROR, "a block of headers without its end");
    return byte;
  }

  /** An integer that begins in the lower bits of a byte. */
  integer(bits: number): number {
    const max = 2 ** bits - 1;
    let value = this.#byte() & max;
    if (value < max) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (value > 2 ** 31) throw new Http2Error(ErrorCode.COMPRESSION_ERROR, "too large a number");
      if (byte < 0x80) return value;
    }
  }

  string(): string {
    const isHuffman = this.peek() >= 0x80;
    const length = this.integer(7);
    const end = this.#position + length;
    if (end > this.#block.length)
      throw new Http2Error(ErrorCode.COMPRESSION_ERROR, "a string without its end");
    const bytes = this.#block.subarray(this.#position, end);
    this.#position = end;
    return isHuffman ? decodeHuffman(bytes) : bytes.toString("latin1");
  }

  #byte(): number {
    const byte = this.peek();
    this.#position += 1;
    return byte;
  }
}

const INDEX_OF_NAME = new Map(
  STATIC.map(({ name }, index): [string, number] => [name, index + 1]).reverse(),
);
const INDEX_OF_HEADER = new Map(
  STATIC.map(({ name, value }, index): [string, number] => [`${name} ${value}`, index + 1]),
);

/**
 * Encodes headers, so that the peer keeps nothing of them: a block is the same at any time.
 *
 * @param headers Lower-case names, and values in ASCII.
 */
export function encodeHeaders(
  headers: readonly (readonly [name: string, value: string])[],
): Buffer {
  return Buffer.concat(
    headers.flatMap(([name, value]) => {
      const whole = value === "" ? undefined : INDEX_OF_HEADER.get(`${name} ${value}`);
      if (whole !== undefined) return [encodeInteger(0x80, 7, whole)];
      const index = INDEX_OF_NAME.get(name);
      return index === undefined
        ? [Buffer.of(0), encodeString(name), encodeString(value)]
        : [encodeInteger(0, 4, index), encodeString(value)];
    }),
  );
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([encodeInteger(0, 7, bytes.length), bytes]);
}

/** @param flags The upper bits of the first byte. */
function encodeInteger(flags: number, bits: number, value: number): Buffer {
  const max = 2 ** bits - 1;
  if (value < max) return Buffer.of(flags | value);
  const bytes = [flags | max];
  let rest = value - max;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
