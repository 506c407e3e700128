import { once } from "node:events";
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type Settings,
} from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { deferred } from "../testing-fixtures/deferred.ts";
import { frame } from "../testing-fixtures/raw-call.ts";
import { Channel } from "./channel.ts";

type Answerer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => unknown;

/** An HTTP/2 server whose responses the test sets, and a channel to it. */
async function connectTo(
  answerer: Answerer,
  { settings = {}, reconnects = false }: { settings?: Settings; reconnects?: boolean } = {},
) {
  const server: Http2Server = createServer({ settings });
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    answerer(stream, headers);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const open = async () => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };
  const socket = await open();
  const channel = new Channel(socket, reconnects ? open : undefined);
  return {
    channel,
    socket,
    open,
    [Symbol.dispose]() {
      channel.close();
      server.close();
    },
  };
}

const MESSAGE = Buffer.from("hi");

/** Responds with a body and trailers. */
function answering(trailers: Record<string, string>, ...chunks: Buffer[]): Answerer {
  return (stream) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.once("wantTrailers", () => stream.sendTrailers(trailers));
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
  };
}

const OK = { "grpc-status": "0" };

it("gives the server a large window", async () => {
  const { promise: session, resolve } = deferred<ServerHttp2Stream["session"]>();
  using host = await connectTo((stream, headers) => {
    resolve(stream.session);
    answering(OK, frame(MESSAGE))(stream, headers);
  });
  await host.channel.unary("/a/b", MESSAGE);
  const { state, remoteSettings } = (await session) ?? {};
  expect(state?.remoteWindowSize).toBeGreaterThan(60 * 1024 * 1024);
  expect(remoteSettings?.initialWindowSize).toBe(16 * 1024 * 1024);
});

describe("a unary call", () => {
  it("sends the headers that gRPC requires", async () => {
    let request: IncomingHttpHeaders = {};
    let body = Buffer.alloc(0);
    using host = await connectTo((stream, headers) => {
      request = headers;
      stream.on("data", (chunk: Buffer) => {
        body = Buffer.concat([body, chunk]);
      });
      stream.once("end", () => answering(OK, frame(MESSAGE))(stream, headers));
    });
    await host.channel.unary("/pb.Storage/Get", MESSAGE, { timeoutMs: 1500 });
    expect(request).toMatchObject({
      ":method": "POST",
      ":path": "/pb.Storage/Get",
      "content-type": "application/grpc",
      "grpc-timeout": "1500m",
      te: "trailers",
    });
    expect(body.toString("hex")).toBe("00000000026869");
  });

  it.each([
    { name: "in one frame", chunks: [frame(MESSAGE)] },
    { name: "cut in two", chunks: [frame(MESSAGE).subarray(0, 6), frame(MESSAGE).subarray(6)] },
  ])("reads an answer $name", async ({ chunks }) => {
    using host = await connectTo(answering(OK, ...chunks));
    expect(Buffer.from(await host.channel.unary("/a/b", MESSAGE)).toString()).toBe("hi");
  });

  it.each([
    {
      name: "a status in the trailers",
      answerer: answering({ "grpc-status": "7", "grpc-message": "100%25 forbidden" }),
      error: { code: 7, message: "100% forbidden" },
    },
    {
      name: "a status in the headers alone",
      answerer: (stream: ServerHttp2Stream) =>
        stream.respond(
          { ":status": 200, "grpc-status": "5", "grpc-message": "gone" },
          { endStream: true },
        ),
      error: { code: 5, message: "gone" },
    },
    {
      name: "a status after a message",
      answerer: answering({ "grpc-status": "9", "grpc-message": "no" }, frame(MESSAGE)),
      error: { code: 9, message: "no" },
    },
    {
      name: "an unknown status",
      answerer: answering({ "grpc-status": "99" }),
      error: { code: 2, message: "" },
    },
    {
      name: "an HTTP status",
      answerer: (stream: ServerHttp2Stream) =>
        stream.respond({ ":status": 503 }, { endStream: true }),
      error: { code: 14, message: "the host responded with HTTP status 503" },
    },
    { name: "no message", answerer: answering(OK), error: { code: 13 } },
    { name: "no status", answerer: answering({}, frame(MESSAGE)), error: { code: 13 } },
    {
      name: "a compressed message",
      answerer: answering(OK, Buffer.of(1, 0, 0, 0, 0)),
      error: { code: 12 },
    },
    {
      name: "too large a message",
      answerer: answering(OK, Buffer.of(0, 4, 0, 0, 1)),
      error: { code: 8 },
    },
    {
      name: "a refused stream",
      answerer: (stream: ServerHttp2Stream) => stream.close(7),
      error: { code: 14 },
    },
    {
      name: "a reset",
      answerer: (stream: ServerHttp2Stream) => stream.close(2),
      error: { code: 13 },
    },
  ])("fails for $name", async ({ answerer, error }) => {
    using host = await connectTo(answerer);
    await expect(host.channel.unary("/a/b", MESSAGE)).rejects.toMatchObject({
      name: "GrpcError",
      ...error,
    });
    expect(host.channel.closed).toBe(false);
  });

  it("is sent a second time if the server refuses its stream, and not a third time", async () => {
    let refusals = 1;
    let calls = 0;
    using host = await connectTo((stream, headers) => {
      calls += 1;
      refusals -= 1;
      if (refusals >= 0) stream.close(7);
      else answering(OK, frame(MESSAGE))(stream, headers);
    });
    expect(Buffer.from(await host.channel.unary("/a/b", MESSAGE)).toString()).toBe("hi");
    expect(calls).toBe(2);
    refusals = 3;
    await expect(host.channel.unary("/a/b", MESSAGE)).rejects.toMatchObject({ code: 14 });
    expect(calls).toBe(4);
  });

  it("completes among two hundred others", async () => {
    const streams: ServerHttp2Stream[] = [];
    using host = await connectTo((stream, headers) => {
      // No call gets a response before all have arrived.
      streams.push(stream);
      if (streams.length === 200)
        for (const each of streams) answering(OK, frame(MESSAGE))(each, headers);
    });
    const calls = Array.from({ length: 200 }, () => host.channel.unary("/a/b", MESSAGE));
    expect(await Promise.all(calls)).toHaveLength(200);
  });
});

describe("a cancelled call", () => {
  it.each([
    { name: "cancelled", options: () => ({ signal: AbortSignal.timeout(30) }), code: 1 },
    { name: "late", options: () => ({ timeoutMs: 30 }), code: 4 },
  ])("is $name, and reset with CANCEL", async ({ options, code }) => {
    const { promise: reset, resolve } = deferred<number>();
    using host = await connectTo((stream) =>
      stream.once("close", () => resolve(stream.rstCode ?? -1)),
    );
    await expect(host.channel.unary("/a/b", MESSAGE, options())).rejects.toMatchObject({ code });
    expect(await reset).toBe(8);
    expect(host.channel.closed).toBe(false);
  });

  it("is not sent if it was cancelled before", async () => {
    let calls = 0;
    using host = await connectTo(() => {
      calls += 1;
    });
    const call = host.channel.unary("/a/b", MESSAGE, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: "GrpcError", code: 1 });
    expect(calls).toBe(0);
  });

  const ways = [
    { name: "cancelled", code: 1, options: (signal: AbortSignal) => ({ signal }) },
    { name: "late", code: 4, options: () => ({ timeoutMs: 20 }) },
  ];

  it("is cancelled in the turn in which it began", async () => {
    using host = await connectTo(() => {});
    const abort = new AbortController();
    const call = host.channel.unary("/a/b", MESSAGE, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: "GrpcError", code: 1 });
  });

  it.each(ways)("is $name while it waits for a stream, which goes to the next", async (way) => {
    const streams: ServerHttp2Stream[] = [];
    const paths: unknown[] = [];
    using host = await connectTo(
      (stream, headers) => {
        paths.push(headers[":path"]);
        streams.push(stream);
      },
      { settings: { maxConcurrentStreams: 1 } },
    );
    // The server's limit is known with its first response.
    const first = host.channel.unary("/a/first", MESSAGE);
    await expect.poll(() => streams).toHaveLength(1);
    answering(OK, frame(MESSAGE))(streams[0] as ServerHttp2Stream, {});
    await first;

    const second = host.channel.unary("/a/second", MESSAGE);
    const abort = new AbortController();
    const waiting = host.channel.unary("/a/waiting", MESSAGE, way.options(abort.signal));
    const failure = waiting.catch((error: unknown) => error);
    const third = host.channel.unary("/a/third", MESSAGE);
    await expect.poll(() => streams).toHaveLength(2);
    abort.abort();
    expect(await failure).toMatchObject({ name: "GrpcError", code: way.code });
    answering(OK, frame(MESSAGE))(streams[1] as ServerHttp2Stream, {});
    await second;
    await expect.poll(() => streams).toHaveLength(3);
    answering(OK, frame(MESSAGE))(streams[2] as ServerHttp2Stream, {});
    await third;
    expect(paths).toEqual(["/a/first", "/a/second", "/a/third"]);
  });

  it.each(ways)("is $name while the channel reconnects, and isn't sent then", async (way) => {
    const paths: unknown[] = [];
    using host = await connectTo((stream, headers) => {
      paths.push(headers[":path"]);
      answering(OK, frame(MESSAGE))(stream, headers);
    });
    const { promise: socket, resolve: connected } = deferred<Socket>();
    const channel = new Channel(host.socket, () => socket);
    host.socket.destroy();
    await expect.poll(() => channel.closed).toBe(true);
    const abort = new AbortController();
    const call = channel.unary("/a/first", MESSAGE, way.options(abort.signal));
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: "GrpcError", code: way.code });
    connected(await host.open());
    await channel.unary("/a/second", MESSAGE);
    expect(paths).toEqual(["/a/second"]);
    channel.close();
  });

  it("has no deadline if a timer can't reach it", async () => {
    using host = await connectTo((stream, headers) => {
      setTimeout(() => answering(OK, frame(MESSAGE))(stream, headers), 30);
    });
    const answer = await host.channel.unary("/a/b", MESSAGE, { timeoutMs: 2 ** 40 });
    expect(Buffer.from(answer).toString()).toBe("hi");
  });
});

describe("a connection after the host's GOAWAY", () => {
  it("completes the calls in progress, and accepts no more", async () => {
    const { promise: told, resolve: answer } = deferred<void>();
    using host = await connectTo(async (stream, headers) => {
      stream.session?.goaway();
      await told;
      answering(OK, frame(MESSAGE))(stream, headers);
    });
    const underWay = host.channel.unary("/a/b", MESSAGE);
    await expect.poll(() => host.channel.closed).toBe(true);
    await expect(host.channel.unary("/a/b", MESSAGE)).rejects.toMatchObject({
      name: "GrpcError",
      code: 14,
    });
    answer();
    expect(Buffer.from(await underWay).toString()).toBe("hi");
  });

  it("is closed with its channel, which has another one by then", async () => {
    using host = await connectTo(
      (stream, headers) => {
        if (headers[":path"] === "/a/slow") stream.session?.goaway();
        else answering(OK, frame(MESSAGE))(stream, headers);
      },
      { reconnects: true },
    );
    const slow = host.channel.unary("/a/slow", MESSAGE);
    await expect.poll(() => host.channel.closed).toBe(true);
    await host.channel.unary("/a/quick", MESSAGE);
    host.channel.close();
    await expect(slow).rejects.toMatchObject({ name: "GrpcError", code: 14 });
  });

  it.each([
    { name: "that it didn't accept", settings: {} },
    { name: "that wait for a stream", settings: { maxConcurrentStreams: 1 } },
  ])("leaves the calls $name to the next connection", async ({ settings }) => {
    const sessions = new Set<unknown>();
    using host = await connectTo(
      (stream, headers) => {
        const { session } = stream;
        sessions.add(session);
        if (headers[":path"] === "/a/first") {
          // No stream after the first one is accepted.
          setImmediate(() => session?.goaway(0, stream.id ?? 0));
        } else if (sessions.size === 2 || headers[":path"] === "/a/settings") {
          answering(OK, frame(MESSAGE))(stream, headers);
        }
      },
      { settings, reconnects: true },
    );
    // The server's limit is known with its first response.
    await host.channel.unary("/a/settings", MESSAGE);
    const first = host.channel.unary("/a/first", MESSAGE).catch((error: unknown) => error);
    const others = ["/a/second", "/a/third"].map((path) => host.channel.unary(path, MESSAGE));
    for (const answer of await Promise.all(others))
      expect(Buffer.from(answer).toString()).toBe("hi");
    host.channel.close();
    expect(await first).toMatchObject({ code: 14 });
    expect(sessions.size).toBe(2);
  });

  it("fails the calls that it didn't accept, if the channel can't reconnect", async () => {
    using host = await connectTo((stream) => {
      stream.session?.goaway(0, 0);
    });
    const calls = [
      host.channel.unary("/a/b", MESSAGE),
      host.channel.unary("/a/b", MESSAGE, { timeoutMs: 5000 }),
    ];
    setTimeout(() => host.socket.destroy(), 100);
    for (const outcome of await Promise.allSettled(calls))
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { name: "GrpcError", code: 14 },
      });
  });
});

describe("a connection that ends", () => {
  it("may do so before it is used", async () => {
    using host = await connectTo(() => {});
    host.channel.close();
    await expect(host.channel.unary("/a/b", MESSAGE)).rejects.toMatchObject({
      name: "GrpcError",
      code: 14,
    });
  });

  it("may do so before the channel is made", async () => {
    using host = await connectTo(() => {});
    const socket = connect((host.socket.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => {});
    socket.destroy();
    await once(socket, "close");
    const channel = new Channel(socket);
    await expect(channel.unary("/a/b", MESSAGE)).rejects.toMatchObject({
      name: "GrpcError",
      code: 14,
    });
    expect(channel.closed).toBe(true);
  });

  it.each([
    {
      name: "the host resets it",
      end: (host: Awaited<ReturnType<typeof connectTo>>) => host.socket.resetAndDestroy(),
    },
    {
      name: "it is closed",
      end: (host: Awaited<ReturnType<typeof connectTo>>) => host.channel.close(),
    },
  ])("fails the calls in progress, and later ones at once, when $name", async ({ end }) => {
    using host = await connectTo(() => setImmediate(() => end(host)));
    const calls = [host.channel.unary("/a/b", MESSAGE), host.channel.unary("/a/b", MESSAGE)];
    for (const call of calls)
      await expect(call).rejects.toMatchObject({ name: "GrpcError", code: 14 });
    expect(host.channel.closed).toBe(true);
    await expect(host.channel.unary("/a/b", MESSAGE)).rejects.toMatchObject({
      name: "GrpcError",
      code: 14,
    });
  });

  it("fails with the code of the host's GOAWAY during a call", async () => {
    using host = await connectTo((stream) => stream.session?.destroy());
    await expect(host.channel.unary("/a/b", MESSAGE)).rejects.toMatchObject({
      name: "GrpcError",
      code: 14,
    });
  });
});
