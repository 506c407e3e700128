/** A file of an archive. */
export interface TarEntry {
  readonly path: string;
  readonly data: Uint8Array;
  /** Permissions; 0o644 if absent. */
  readonly mode?: number;
}

const BLOCK = 512;

/**
 * An archive in the format of POSIX, of files alone. Owner and time are zero, so that the same
 * files give the same bytes.
 *
 * @throws RangeError for a path of more than 100 bytes.
 */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, data, mode = 0o644 }) => [
    header(path, data.length, mode),
    data,
    Buffer.alloc(-data.length & (BLOCK - 1)),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** Offsets and lengths are those of the format `ustar`. */
function header(path: string, size: number, mode: number): Buffer {
  if (Buffer.byteLength(path) > 100)
    throw new RangeError(`the path ${path} is too long for the archive`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) =>
    `${value.toString(8).padStart(length - 1, "0")}\0`;
  block.write(path, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
