import { once } from "node:events";
import { connect, type OutgoingHttpHeaders } from "node:http2";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, FrameType } from "./frame.ts";
import { encodeHeaders, HpackDecoder } from "./hpack.ts";

const fromHex = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("the decoder", () => {
  // RFC 7541, appendix C.3 and C.4: the same requests, without and with Huffman codes.
  it.each([
    {
      name: "plain strings",
      blocks: [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
      ],
    },
    {
      name: "Huffman codes",
      blocks: [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
      ],
    },
  ])("keeps a table over the blocks of a connection, with $name", ({ blocks }) => {
    const decoder = new HpackDecoder();
    const decoded = blocks.map((block) => Object.fromEntries(decoder.decode(fromHex(block))));
    const request = { ":method": "GET", ":authority": "www.example.com" };
    expect(decoded).toEqual([
      { ...request, ":scheme": "http", ":path": "/" },
      { ...request, ":scheme": "http", ":path": "/", "cache-control": "no-cache" },
      {
        ...request,
        ":scheme": "https",
        ":path": "/index.html",
        "custom-key": "custom-value",
      },
    ]);
  });

  it("forgets the oldest headers when the table is full", () => {
    const decoder = new HpackDecoder();
    const keep = (name: string, length: number) =>
      Buffer.concat([
        Buffer.of(0x40, 1),
        Buffer.from(name),
        Buffer.of(127, length - 127),
        Buffer.alloc(length, "x"),
      ]);
    // Each counts 32 bytes more than its strings: 4096 hold 16 of these.
    for (let index = 0; index < 17; index += 1)
      decoder.decode(keep("abcdefghijklmnopq"[index] ?? "", 223));
    expect([...decoder.decode(Buffer.of(0x80 + 62)).keys()]).toEqual(["q"]);
    expect([...decoder.decode(Buffer.of(0x80 + 62 + 15)).keys()]).toEqual(["b"]);
    expect(() => decoder.decode(Buffer.of(0x80 + 62 + 16))).toThrow("no header 78");
  });

  it("empties the table when the peer says so", () => {
    const decoder = new HpackDecoder();
    decoder.decode(fromHex("400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65"));
    expect(() => decoder.decode(Buffer.of(0x20, 0x80 + 62))).toThrow("no header 62");
  });

  it("rejects a block that grows beyond the limit by what the table has", () => {
    const decoder = new HpackDecoder();
    decoder.decode(Buffer.concat([Buffer.of(0x40, 1, 0x61, 127, 0xa9, 0x1e), Buffer.alloc(4008)]));
    expect(() => decoder.decode(Buffer.alloc(20, 0x80 + 62))).toThrow(
      expect.objectContaining({ name: "Http2Error", code: 11 }),
    );
  });

  it.each([
    { name: "an index that isn't there", block: "bf" },
    { name: "index 0", block: "80" },
    { name: "half a string", block: "400a 6375" },
    { name: "half a number", block: "ff" },
    { name: "a number without end", block: "ff ffff ffff ffff ff7f" },
    { name: "a table larger than agreed", block: "3fe1 7f" },
    { name: "a Huffman code that is filled with zeros", block: "4001 6181 00" },
    { name: "a Huffman code of no byte", block: "4001 6184 ffff ffff" },
  ])("rejects $name", ({ block }) => {
    expect(() => new HpackDecoder().decode(fromHex(block))).toThrow(
      expect.objectContaining({ name: "Http2Error", code: 9 }),
    );
  });

  it("reads whatever Node's encoder sends", async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/).filter((key) => key !== "te");
    const value = fc.stringMatching(/^[!-~]([ -~]{0,200}[!-~])?$/);
    const block = fc.dictionary(
      name.map((key) => `x-${key}`),
      value,
      { maxKeys: 8 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 5 }), async (requests) => {
        const decoder = new HpackDecoder();
        const blocks = await blocksOf(requests);
        for (const [index, request] of requests.entries()) {
          const decoded = Object.fromEntries(decoder.decode(blocks[index] ?? Buffer.alloc(0)));
          expect(decoded).toMatchObject({ ":path": "/test", ...request });
        }
      }),
      { numRuns: 50 },
    );
  });
});

it("what is encoded is decoded, and leaves nothing in the table", () => {
  const headers = fc.array(
    fc.tuple(fc.stringMatching(/^[a-z:][a-z-]{0,20}$/), fc.stringMatching(/^[ -~]{0,300}$/)),
  );
  const decoder = new HpackDecoder();
  fc.assert(
    fc.property(headers, (list) => {
      const unique = new Map(list);
      expect(decoder.decode(encodeHeaders([...unique]))).toEqual(unique);
      expect(() => decoder.decode(Buffer.of(0x80 + 62))).toThrow();
    }),
  );
});

/** The blocks of headers that Node sends for requests on one connection. */
async function blocksOf(requests: readonly OutgoingHttpHeaders[]): Promise<readonly Buffer[]> {
  const chunks: Buffer[] = [];
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  const session = connect("http://localhost", { createConnection: () => wire });
  session.on("error", () => {});
  for (const headers of requests)
    session.request({ ":method": "POST", ":path": "/test", ...headers }).on("error", () => {});
  await once(session, "connect");
  const reader = new FrameReader();
  const blocks: Buffer[] = [];
  let preface: Buffer | undefined;
  while (blocks.length < requests.length) {
    await new Promise(setImmediate);
    for (const chunk of chunks.splice(0)) reader.push(chunk);
    preface ??= reader.take(PREFACE_BYTES);
    for (let frame = preface && reader.next(); frame; frame = reader.next())
      if (frame.type === FrameType.HEADERS) blocks.push(frame.payload);
  }
  session.destroy();
  return blocks;
}

const PREFACE_BYTES = 24;
