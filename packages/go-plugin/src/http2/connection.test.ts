import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Http2Connection, type RequestListener } from "./connection.ts";
import { encodeFrame, Flag, type Frame, FrameReader, FrameType } from "./frame.ts";
import { encodeHeaders } from "./hpack.ts";
import type { Http2Stream, StreamLoss, StreamReceiver } from "./stream.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const REQUEST = encodeHeaders([[":path", "/test"]]);
const IGNORE: StreamReceiver = { onHeaders() {}, onData() {}, onEnd() {}, onLoss() {} };

/** Two ends of a connection: one is the class's, and the other one speaks in frames. */
async function connectRaw(onRequest?: RequestListener) {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const raw = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [Socket];
  const connection = new Http2Connection(socket, onRequest && { onRequest });
  const reader = new FrameReader();
  const frames: Frame[] = [];
  let awaitsPreface = onRequest === undefined;
  raw.on("error", () => {});
  raw.on("data", (chunk: Buffer) => {
    reader.push(chunk);
    if (awaitsPreface) awaitsPreface = reader.take(PREFACE.length) === undefined;
    for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame);
  });
  return {
    connection,
    socket,
    raw,
    frames,
    /** Waits for the next frame of a type. */
    async next(type: number): Promise<Frame> {
      const isIt = (frame: Frame) => frame.type === type;
      await expect.poll(() => frames.some(isIt), { interval: 1 }).toBe(true);
      return frames.splice(frames.findIndex(isIt), 1)[0] as Frame;
    },
    [Symbol.dispose]() {
      raw.destroy();
      socket.destroy();
      server.close();
    },
  };
}

const settings = (...values: readonly (readonly [number, number])[]) => {
  const payload = Buffer.alloc(values.length * 6);
  for (const [index, [setting, value]] of values.entries()) {
    payload.writeUInt16BE(setting, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return encodeFrame(FrameType.SETTINGS, 0, 0, payload);
};
const uint32 = (value: number) => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return payload;
};
const headers = (streamId: number, flags: number = Flag.END_HEADERS | Flag.END_STREAM) =>
  encodeFrame(FrameType.HEADERS, flags, streamId, REQUEST);

describe("a server", () => {
  it("answers settings and pings", async () => {
    using peer = await connectRaw(() => IGNORE);
    const ping = encodeFrame(FrameType.PING, 0, 0, Buffer.from("12345678"));
    peer.raw.write(Buffer.concat([PREFACE, settings([4, 100]), ping]));
    await expect
      .poll(() => peer.frames.filter(({ flags }) => flags === Flag.ACK).map(({ type }) => type))
      .toEqual([FrameType.SETTINGS, FrameType.PING]);
    expect(peer.frames.at(-1)?.payload.toString()).toBe("12345678");
  });

  it("reads requests however they are cut, with padding, priority and continuations", async () => {
    const padded = encodeFrame(
      FrameType.DATA,
      Flag.PADDED | Flag.END_STREAM,
      1,
      Buffer.from("\x03body\0\0\0"),
    );
    const block = Buffer.concat([
      Buffer.of(2, 0, 0, 0, 0, 16),
      REQUEST.subarray(0, 3),
      Buffer.alloc(2),
    ]);
    const wire = Buffer.concat([
      PREFACE,
      settings(),
      encodeFrame(FrameType.HEADERS, Flag.PADDED | Flag.PRIORITY, 1, block),
      encodeFrame(FrameType.CONTINUATION, 0, 1, REQUEST.subarray(3, 5)),
      encodeFrame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, REQUEST.subarray(5)),
      encodeFrame(0x42, 0, 1, Buffer.from("an extension")),
      padded,
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: wire.length })), async (cuts) => {
        const seen: string[] = [];
        using peer = await connectRaw((_, request) => {
          seen.push(`${request.get(":path")}`);
          return {
            ...IGNORE,
            onData: (bytes) => seen.push(`${bytes}`),
            onEnd: () => seen.push("end"),
          };
        });
        let start = 0;
        for (const end of [...cuts.sort((a, b) => a - b), wire.length]) {
          peer.raw.write(wire.subarray(start, end));
          await new Promise(setImmediate);
          start = end;
        }
        await expect.poll(() => seen, { interval: 1 }).toEqual(["/test", "body", "end"]);
      }),
      { numRuns: 20 },
    );
  });

  it("sends no more than the windows of the stream and of the connection allow", async () => {
    const streams: Http2Stream[] = [];
    using peer = await connectRaw((stream) => {
      streams.push(stream);
      return IGNORE;
    });
    peer.raw.write(Buffer.concat([PREFACE, settings([4, 10]), headers(1)]));
    await expect.poll(() => streams).toHaveLength(1);
    streams[0]?.sendData(Buffer.from("0123456789abcdef"));
    streams[0]?.end(encodeHeaders([["grpc-status", "0"]]));
    expect(`${(await peer.next(FrameType.DATA)).payload}`).toBe("0123456789");
    let isDrained = false;
    void streams[0]?.drained().then(() => {
      isDrained = true;
    });
    peer.raw.write(encodeFrame(FrameType.WINDOW_UPDATE, 0, 1, uint32(2)));
    expect(`${(await peer.next(FrameType.DATA)).payload}`).toBe("ab");
    expect(isDrained).toBe(false);
    // A smaller window counts for open streams, too: it is below zero then.
    peer.raw.write(
      Buffer.concat([settings([4, 7]), encodeFrame(FrameType.WINDOW_UPDATE, 0, 1, uint32(4))]),
    );
    expect(`${(await peer.next(FrameType.DATA)).payload}`).toBe("c");
    peer.raw.write(encodeFrame(FrameType.WINDOW_UPDATE, 0, 1, uint32(100)));
    expect(`${(await peer.next(FrameType.DATA)).payload}`).toBe("def");
    expect((await peer.next(FrameType.HEADERS)).flags).toBe(Flag.END_HEADERS | Flag.END_STREAM);
    await expect.poll(() => isDrained).toBe(true);
    expect(peer.connection.streams).toBe(0);
  });

  it("takes no stream beyond its limit, nor after it has closed", async () => {
    let taken = 0;
    using peer = await connectRaw(() => {
      taken += 1;
      return IGNORE;
    });
    const many = Array.from({ length: 4097 }, (_, index) =>
      headers(2 * index + 1, Flag.END_HEADERS),
    );
    peer.raw.write(Buffer.concat([PREFACE, settings(), ...many]));
    expect(await peer.next(FrameType.RST_STREAM)).toMatchObject({
      streamId: 8193,
      payload: uint32(7),
    });
    expect(taken).toBe(4096);
    peer.connection.close();
    const goAway = await peer.next(FrameType.GOAWAY);
    expect(goAway.payload).toEqual(Buffer.concat([uint32(8193), uint32(0)]));
    const late = [headers(8195, Flag.END_HEADERS), encodeFrame(FrameType.DATA, 0, 8195)];
    peer.raw.write(Buffer.concat([...late, encodeFrame(FrameType.PING, 0, 0, Buffer.alloc(8))]));
    expect(await peer.next(FrameType.RST_STREAM)).toMatchObject({ streamId: 8195 });
    expect((await peer.next(FrameType.PING)).flags).toBe(Flag.ACK);
  });

  it("sends what was written before it was destroyed, and ignores what it receives then", async () => {
    let stream: Http2Stream | undefined;
    using peer = await connectRaw((opened) => {
      stream = opened;
      return IGNORE;
    });
    const windows = [
      settings([4, 2 ** 30]),
      encodeFrame(FrameType.WINDOW_UPDATE, 0, 0, uint32(2 ** 30)),
    ];
    peer.raw.write(Buffer.concat([PREFACE, ...windows, headers(1)]));
    await expect.poll(() => stream).toBeDefined();
    peer.raw.pause();
    const bytes = 16 * 1024 * 1024;
    stream?.sendData(Buffer.alloc(bytes));
    peer.connection.destroy();
    const before = peer.socket.bytesRead;
    const tooLarge = Buffer.of(0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1);
    peer.raw.write(tooLarge);
    await expect.poll(() => peer.socket.bytesRead).toBe(before + tooLarge.length);
    peer.raw.resume();
    await once(peer.raw, "close");
    const data = peer.frames.filter(({ type }) => type === FrameType.DATA);
    expect(data.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(bytes);
  });

  it("tells a stream that the peer resets, and one whose connection is lost", async () => {
    const losses: unknown[] = [];
    using peer = await connectRaw(() => ({ ...IGNORE, onLoss: (loss) => losses.push(loss) }));
    peer.raw.write(Buffer.concat([PREFACE, settings(), headers(1), headers(3, Flag.END_HEADERS)]));
    peer.raw.write(encodeFrame(FrameType.RST_STREAM, 0, 3, uint32(8)));
    await expect.poll(() => losses).toEqual([{ by: "reset", code: 8 }]);
    peer.raw.destroy();
    await expect.poll(() => losses).toHaveLength(2);
    expect(losses[1]).toMatchObject({ by: "connection" });
    expect(peer.connection.closed).toBe(true);
  });

  it.each([
    {
      name: "no preface",
      bytes: [Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
      code: 1,
    },
    { name: "too large a frame", bytes: [PREFACE, Buffer.of(0, 64, 1, 0, 0, 0, 0, 0, 1)], code: 6 },
    {
      name: "data of an idle stream",
      bytes: [PREFACE, encodeFrame(FrameType.DATA, 0, 1)],
      code: 1,
    },
    { name: "a stream of the server's", bytes: [PREFACE, headers(2)], code: 1 },
    {
      name: "headers between headers",
      bytes: [PREFACE, headers(1, 0), headers(3)],
      code: 1,
    },
    {
      name: "headers that continue none",
      bytes: [PREFACE, encodeFrame(FrameType.CONTINUATION, 0, 1)],
      code: 1,
    },
    {
      name: "too many headers",
      bytes: [
        PREFACE,
        headers(1, 0),
        ...Array.from({ length: 5 }, () =>
          encodeFrame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(16_000)),
        ),
      ],
      code: 11,
    },
    {
      name: "headers that can't be decoded",
      bytes: [PREFACE, encodeFrame(FrameType.HEADERS, Flag.END_HEADERS, 1, Buffer.of(0xff))],
      code: 9,
    },
    {
      name: "more padding than data",
      bytes: [PREFACE, encodeFrame(FrameType.HEADERS, Flag.PADDED, 1, Buffer.of(5, 0))],
      code: 1,
    },
    {
      name: "half a setting",
      bytes: [PREFACE, encodeFrame(FrameType.SETTINGS, 0, 0, Buffer.of(0))],
      code: 6,
    },
    { name: "too large a window", bytes: [PREFACE, settings([4, 2 ** 31])], code: 3 },
    {
      name: "a push",
      bytes: [PREFACE, encodeFrame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, REQUEST)],
      code: 1,
    },
  ])("ends a connection with $name", async ({ bytes, code }) => {
    using peer = await connectRaw(() => IGNORE);
    peer.raw.write(Buffer.concat(bytes));
    const { payload } = await peer.next(FrameType.GOAWAY);
    expect(payload.readUInt32BE(4)).toBe(code);
    await expect.poll(() => peer.connection.closed).toBe(true);
  });

  it("survives whatever a peer sends", async () => {
    const frame = fc
      .tuple(fc.nat({ max: 10 }), fc.nat({ max: 255 }), fc.nat({ max: 5 }), fc.uint8Array())
      .map(([type, flags, streamId, payload]) => encodeFrame(type, flags, streamId, payload));
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 20 }), async (frames) => {
        using peer = await connectRaw(() => IGNORE);
        peer.raw.end(Buffer.concat([PREFACE, ...frames]));
        await expect.poll(() => peer.connection.closed, { interval: 1 }).toBe(true);
        expect(peer.connection.streams).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

/** Opens streams of a client, and keeps what becomes of them. */
function openStreams(connection: Http2Connection, count: number) {
  const streams: Http2Stream[] = [];
  const losses: StreamLoss[] = [];
  const openers = Array.from({ length: count }, () => ({
    ...IGNORE,
    onOpen: (stream: Http2Stream) => void streams.push(stream),
    onLoss: (loss: StreamLoss) => void losses.push(loss),
  }));
  for (const opener of openers) connection.open(opener);
  return { streams, losses, openers };
}

describe("a client", () => {
  it("opens no more streams than the server takes", async () => {
    using peer = await connectRaw();
    peer.raw.write(settings([3, 1]));
    await expect.poll(() => peer.frames.some(({ flags }) => flags === Flag.ACK)).toBe(true);
    const { streams, losses, openers } = openStreams(peer.connection, 4);
    expect(streams.map(({ id }) => id)).toEqual([1]);
    // One that gives up isn't given a stream.
    if (openers[1]) peer.connection.leave(openers[1]);
    streams[0]?.reset(8);
    expect(streams.map(({ id }) => id)).toEqual([1, 3]);
    expect(streams[1]?.receiver).toBe(openers[2]);
    peer.raw.destroy();
    await expect
      .poll(() => losses)
      .toEqual([{ by: "refusal" }, { by: "connection", cause: undefined }]);
  });

  it("gives up the streams that the server hasn't seen when it goes away", async () => {
    using peer = await connectRaw();
    const { streams, losses } = openStreams(peer.connection, 2);
    for (const stream of streams) stream.sendHeaders(REQUEST);
    await peer.next(FrameType.HEADERS);
    peer.raw.write(encodeFrame(FrameType.GOAWAY, 0, 0, Buffer.concat([uint32(1), uint32(0)])));
    await expect.poll(() => losses).toEqual([{ by: "refusal" }]);
    expect(openStreams(peer.connection, 1).losses).toEqual([{ by: "refusal" }]);
    expect(peer.connection.streams).toBe(1);
  });

  it("lets the server send on, until it has paused", async () => {
    using peer = await connectRaw();
    const [stream] = openStreams(peer.connection, 1).streams;
    stream?.sendHeaders(REQUEST);
    stream?.pause();
    const megabyte = Array.from({ length: 64 }, () =>
      encodeFrame(FrameType.DATA, 0, 1, Buffer.alloc(16 * 1024)),
    );
    await peer.next(FrameType.WINDOW_UPDATE);
    for (let count = 0; count < 8; count += 1) peer.raw.write(Buffer.concat(megabyte));
    peer.raw.write(encodeFrame(FrameType.PING, 0, 0, Buffer.alloc(8)));
    await expect.poll(() => peer.frames.some(({ type }) => type === FrameType.PING)).toBe(true);
    expect(peer.frames.some(({ type }) => type === FrameType.WINDOW_UPDATE)).toBe(false);
    stream?.resume();
    expect(await peer.next(FrameType.WINDOW_UPDATE)).toMatchObject({
      streamId: 1,
      payload: uint32(8 * 1024 * 1024),
    });
  });
});
