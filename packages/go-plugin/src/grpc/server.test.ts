import { once } from "node:events";
import { constants } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { deferred } from "../testing-fixtures/deferred.ts";
import { EchoDefinition, echo, textOf } from "../testing-fixtures/echo-definition.ts";
import { type GrpcOverTcp, serveOverTcp } from "../testing-fixtures/grpc-over-tcp.ts";
import { frame, openCall, type RawAnswer, readAnswer } from "../testing-fixtures/raw-call.ts";
import { type Call, type ServiceHandlers, service } from "./service.ts";
import { GrpcError } from "./status.ts";

/** StdioData{data: "hi"} on the wire. */
const HI = Buffer.from("12026869", "hex");
const HI_FRAMED = "000000000412026869";

function serveEcho(
  handlers: Partial<ServiceHandlers<typeof EchoDefinition>> = {},
): Promise<GrpcOverTcp> {
  return serveOverTcp([
    service(EchoDefinition, {
      unary: async (request) => request,
      async *serverStream(request) {
        yield request;
        yield request;
      },
      async *bidi(requests) {
        for await (const request of requests) yield echo(`${textOf(request)}!`);
      },
      ...handlers,
    }),
  ]);
}

function call(grpc: GrpcOverTcp, path: string, body: Buffer, headers = {}): Promise<RawAnswer> {
  const stream = openCall(grpc.session(), path, headers);
  stream.end(body);
  return readAnswer(stream);
}

describe("a call", () => {
  it("answers a unary method", async () => {
    await using grpc = await serveEcho();
    const stream = openCall(grpc.session(), "/test.Echo/Unary");
    stream.end(frame(HI));
    const [headers] = await once(stream, "response");
    expect(headers).toMatchObject({ ":status": 200, "content-type": "application/grpc" });
    const { status, message, body } = await readAnswer(stream);
    expect({ status, message, body: body.toString("hex") }).toEqual({
      status: "0",
      message: undefined,
      body: HI_FRAMED,
    });
  });

  it("answers a method that streams", async () => {
    await using grpc = await serveEcho();
    const { status, body } = await call(grpc, "/test.Echo/ServerStream", frame(HI));
    expect({ status, body: body.toString("hex") }).toEqual({
      status: "0",
      body: HI_FRAMED + HI_FRAMED,
    });
  });

  it("responds to a method of two streams while both are open", async () => {
    await using grpc = await serveEcho();
    const stream = openCall(grpc.session(), "/test.Echo/Bidi");
    stream.write(frame(HI));
    const [chunk] = (await once(stream, "data")) as [Buffer];
    expect(chunk.toString("hex")).toBe("00000000051203686921");
    stream.end();
    expect((await readAnswer(stream)).status).toBe("0");
  });

  it("succeeds when the handler stops reading", async () => {
    await using grpc = await serveEcho({
      async *bidi(requests) {
        for await (const _ of requests) break;
        yield echo("enough");
      },
    });
    const stream = openCall(grpc.session(), "/test.Echo/Bidi");
    stream.write(frame(HI));
    const answer = readAnswer(stream);
    stream.once("trailers", () => stream.end());
    expect(await answer).toMatchObject({
      status: "0",
      body: frame(Buffer.from("1206656e6f756768", "hex")),
    });
  });

  it("transfers 20 MiB each way", async () => {
    await using grpc = await serveEcho();
    const client = await grpc.channel();
    const data = Buffer.alloc(20 * 1024 * 1024, "x");
    const request = EchoDefinition.methods.unary.requestType.encode({ channel: 0, data }).finish();
    const answer = await client.unary("/test.Echo/Unary", request);
    expect(Buffer.compare(answer, request)).toBe(0);
  });

  it("is accepted while large responses wait to be read", async () => {
    await using grpc = await serveEcho({
      unary: async () => ({ channel: 0, data: Buffer.alloc(24 * 1024 * 1024) }),
    });
    const session = grpc.session();
    const unread = openCall(session, "/test.Echo/Unary");
    unread.end(frame(HI));
    await once(unread, "response");
    await sleep(100);
    const stream = openCall(session, "/test.Echo/ServerStream");
    stream.end(frame(HI));
    expect((await readAnswer(stream)).status).toBe("0");
  });
});

describe("a call that fails", () => {
  it.each([
    { name: "an unknown method", path: "/test.Echo/Nothing", body: frame(HI), status: "12" },
    { name: "an unknown service", path: "/test.Nothing/Unary", body: frame(HI), status: "12" },
    { name: "no message", path: "/test.Echo/Unary", body: Buffer.alloc(0), status: "13" },
    {
      name: "half a message",
      path: "/test.Echo/Unary",
      body: frame(HI).subarray(0, 7),
      status: "13",
    },
    {
      name: "a message of another type",
      path: "/test.Echo/Unary",
      body: frame(Buffer.of(0xff)),
      status: "13",
    },
    {
      name: "a compressed message",
      path: "/test.Echo/Unary",
      body: Buffer.of(1, 0, 0, 0, 0),
      status: "12",
    },
    {
      name: "too large a message",
      path: "/test.Echo/Unary",
      body: Buffer.of(0, 4, 0, 0, 1),
      status: "8",
    },
    {
      name: "a compressed message on a stream",
      path: "/test.Echo/Bidi",
      body: Buffer.of(1, 0, 0, 0, 0),
      status: "12",
    },
  ])("is answered for $name", async ({ path, body, status }) => {
    await using grpc = await serveEcho();
    expect((await call(grpc, path, body)).status).toBe(status);
  });

  it.each([
    {
      name: "a GrpcError",
      thrown: new GrpcError(5, "no such röle"),
      status: "5",
      message: "no such r%C3%B6le",
    },
    {
      name: "an error",
      thrown: new TypeError("x is no function"),
      status: "13",
      message: "x is no function",
    },
    {
      name: "what is no error",
      thrown: Object.create(null),
      status: "13",
      message: "[Object: null prototype] {}",
    },
    {
      name: "a very long message",
      thrown: new Error("ü".repeat(1e6)),
      status: "13",
      message: "%C3%BC".repeat(4096),
    },
  ])("is answered when the handler throws $name", async ({ thrown, status, message }) => {
    await using grpc = await serveEcho({
      unary: async () => {
        throw thrown;
      },
    });
    expect(await call(grpc, "/test.Echo/Unary", frame(HI))).toMatchObject({ status, message });
  });

  it("gets a status when the handler throws at once, or during a stream", async () => {
    await using grpc = await serveEcho({
      unary: () => {
        throw new Error("at once");
      },
      async *serverStream(request) {
        yield request;
        throw new Error("during");
      },
    });
    expect(await call(grpc, "/test.Echo/Unary", frame(HI))).toMatchObject({
      status: "13",
      message: "at once",
    });
    const { status, body } = await call(grpc, "/test.Echo/ServerStream", frame(HI));
    expect({ status, body: body.toString("hex") }).toEqual({ status: "13", body: HI_FRAMED });
  });

  it.each([
    { name: "too large", path: "/test.Echo/Unary", status: "8" },
    { name: "too large, on a stream", path: "/test.Echo/Bidi", status: "8" },
    { name: "for an unknown method", path: "/test.Echo/Nothing", status: "12" },
  ])("drops the rest of a request that is $name", async ({ path, status }) => {
    await using grpc = await serveEcho();
    const stream = openCall(grpc.session(), path);
    const answer = readAnswer(stream);
    const before = heldBytes();
    stream.write(Buffer.of(0, 255, 255, 255, 255));
    // More than the windows hold: it only goes through if the server takes it.
    const chunk = Buffer.alloc(1024 * 1024);
    for (let megabytes = 0; megabytes < 80; megabytes += 1) {
      if (!stream.write(chunk)) await once(stream, "drain");
    }
    expect(heldBytes() - before).toBeLessThan(40 * 1024 * 1024);
    stream.end();
    expect((await answer).status).toBe(status);
  });
});

describe("the signal of a call", () => {
  /** A unary handler that waits until its signal is aborted. */
  function waiting() {
    const { promise: call, resolve } = deferred<Call>();
    const unary = (_: unknown, call: Call) => {
      resolve(call);
      return new Promise<never>((_, reject) => {
        call.signal.addEventListener("abort", () => reject(call.signal.reason));
      });
    };
    return { call, unary };
  }

  it("is aborted by the client's deadline, which is the status too", async () => {
    const { call: started, unary } = waiting();
    await using grpc = await serveEcho({ unary });
    const answer = call(grpc, "/test.Echo/Unary", frame(HI), { "grpc-timeout": "500m" });
    const { signal } = await started;
    expect(await answer).toMatchObject({ status: "4", message: "the deadline has passed" });
    expect(signal.reason).toMatchObject({ code: 4 });
  });

  it("is aborted when the client cancels", async () => {
    const { call: started, unary } = waiting();
    await using grpc = await serveEcho({ unary });
    const stream = openCall(grpc.session(), "/test.Echo/Unary");
    stream.end(frame(HI));
    const { signal } = await started;
    stream.close(constants.NGHTTP2_CANCEL);
    await once(signal, "abort");
    expect(signal.reason).toMatchObject({ code: 1 });
  });

  it("is aborted when the client cancels a request that the handler doesn't read", async () => {
    const { promise, resolve } = deferred<Call>();
    await using grpc = await serveEcho({
      async *bidi(_, call) {
        resolve(call);
        await once(call.signal, "abort");
        yield echo("to nobody");
      },
    });
    const stream = openCall(grpc.session(), "/test.Echo/Bidi");
    stream.write(frame(HI));
    const { signal } = await promise;
    await sleep(50);
    stream.close(constants.NGHTTP2_CANCEL);
    await once(signal, "abort");
    expect(signal.reason).toMatchObject({ code: 1 });
  });

  it("is aborted when the connection is lost", async () => {
    const { call: started, unary } = waiting();
    await using grpc = await serveEcho({ unary });
    const session = grpc.session();
    const stream = openCall(session, "/test.Echo/Unary");
    stream.on("error", () => {});
    stream.end(frame(HI));
    const { signal } = await started;
    session.destroy();
    await once(signal, "abort");
    expect(signal.reason).toMatchObject({ code: 1 });
  });

  it("is not aborted by a successful end", async () => {
    const { promise, resolve } = deferred<Call>();
    await using grpc = await serveEcho({
      unary: async (request, call) => {
        resolve(call);
        return request;
      },
    });
    await call(grpc, "/test.Echo/Unary", frame(HI));
    expect((await promise).signal.aborted).toBe(false);
  });
});

it("ends a handler's stream that ignores the client's disconnect", async () => {
  const { promise: ended, resolve } = deferred<string>();
  await using grpc = await serveEcho({
    async *serverStream() {
      try {
        for (;;) {
          yield echo("x".repeat(1000));
          await sleep(1);
        }
      } finally {
        resolve("ended");
      }
    },
  });
  const stream = openCall(grpc.session(), "/test.Echo/ServerStream");
  stream.end(frame(HI));
  await once(stream, "data");
  stream.close(constants.NGHTTP2_CANCEL);
  expect(await ended).toBe("ended");
});

it("gives the handler the metadata", async () => {
  await using grpc = await serveEcho({
    unary: async (_, call) => echo(call.metadata.get("multiplex_id") ?? ""),
  });
  const { body } = await call(grpc, "/test.Echo/Unary", frame(HI), { multiplex_id: "b1f7" });
  expect(body.toString("latin1")).toContain("b1f7");
});

describe("close", () => {
  it("completes a unary call, ends a stream, and accepts no new call", async () => {
    const { promise: go, resolve } = deferred<void>();
    await using grpc = await serveEcho({
      unary: async (request) => {
        await go;
        return request;
      },
      async *serverStream(request, { signal }) {
        yield request;
        await once(signal, "abort");
      },
    });
    const session = grpc.session();
    const unary = openCall(session, "/test.Echo/Unary");
    const stream = openCall(session, "/test.Echo/ServerStream");
    const answers = [readAnswer(unary), readAnswer(stream)];
    unary.end(frame(HI));
    stream.end(frame(HI));
    await once(stream, "data");
    const closed = grpc.server.close(600_000);
    setTimeout(resolve, 50);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(["0", "14"]);
    await closed;
    expect(grpc.server.connections).toBe(0);
    expect(session.closed).toBe(true);
  });

  it("waits no longer than its time limit", async () => {
    const { promise: started, resolve } = deferred<void>();
    await using grpc = await serveEcho({
      unary: () => {
        resolve();
        return new Promise(() => {});
      },
    });
    const stream = openCall(grpc.session(), "/test.Echo/Unary");
    stream.on("error", () => {});
    stream.end(frame(HI));
    await started;
    // The call itself never ends.
    await Promise.all([grpc.server.close(100), once(stream, "close")]);
  });
});

it("gives the client a large window over many calls", async () => {
  await using grpc = await serveEcho();
  const session = grpc.session();
  const stream = openCall(session, "/test.Echo/Unary");
  stream.end(frame(HI));
  await readAnswer(stream);
  expect(session.state.remoteWindowSize).toBeGreaterThan(60 * 1024 * 1024);
  expect(session.remoteSettings).toMatchObject({
    initialWindowSize: 16 * 1024 * 1024,
    maxConcurrentStreams: 4096,
  });
});

it("reports when the last connection is closed", async () => {
  const { promise: idle, resolve } = deferred<string>();
  await using grpc = await serveOverTcp([], () => resolve("idle"));
  const [one, two] = [grpc.session(), grpc.session()];
  await Promise.all([once(one, "connect"), once(two, "connect")]);
  one.destroy();
  two.destroy();
  expect(await idle).toBe("idle");
});

/** How many bytes all buffers of this process hold that are still in use. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().arrayBuffers;
}
