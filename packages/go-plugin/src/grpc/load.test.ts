import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { deferred } from "../testing-fixtures/deferred.ts";
import { EchoDefinition, echo, textOf } from "../testing-fixtures/echo-definition.ts";
import { serveOverTcp } from "../testing-fixtures/grpc-over-tcp.ts";
import { frame, openCall, readAnswer } from "../testing-fixtures/raw-call.ts";
import { createClient } from "./client.ts";
import { type ServiceHandlers, service } from "./service.ts";

const MEGABYTE = 1024 * 1024;

const HANDLERS: ServiceHandlers<typeof EchoDefinition> = {
  unary: async (request) => request,
  async *serverStream() {},
  async *bidi(requests) {
    for await (const request of requests) yield echo(`${textOf(request)}!`);
  },
};

const serveEcho = (handlers: Partial<ServiceHandlers<typeof EchoDefinition>> = {}) =>
  serveOverTcp([service(EchoDefinition, { ...HANDLERS, ...handlers })]);

const encode = (data: Buffer) =>
  frame(EchoDefinition.methods.bidi.requestType.encode({ channel: 0, data }).finish());

describe("a thousand at once, on one connection", () => {
  it("are streams, all open at once, each with its own responses", async () => {
    await using grpc = await serveEcho();
    const session = grpc.session();
    const streams = Array.from({ length: 1000 }, () => openCall(session, "/test.Echo/Bidi"));
    const firsts = await Promise.all(
      streams.map(async (stream, index) => {
        stream.write(encode(Buffer.from(String(index))));
        const [chunk] = (await once(stream, "data")) as [Buffer];
        return chunk.subarray(7).toString();
      }),
    );
    expect(firsts).toEqual(Array.from({ length: 1000 }, (_, index) => `${index}!`));
    const answers = streams.map((stream) => readAnswer(stream));
    for (const stream of streams) stream.end();
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(
      new Set(["0"]),
    );
  });

  it("are calls of a client, none answered before all have arrived", async () => {
    let calls = 0;
    const all = deferred<void>();
    await using grpc = await serveEcho({
      async unary(request) {
        calls += 1;
        if (calls === 1000) all.resolve();
        await all.promise;
        return request;
      },
    });
    const client = createClient(EchoDefinition, await grpc.channel());
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => client.unary(echo(`${index}`))),
    );
    expect(answers.map(textOf)).toEqual(Array.from({ length: 1000 }, (_, index) => `${index}`));
  });
});

describe("a slow reader", () => {
  it("as a client, makes the handler wait", async () => {
    let sent = 0;
    // What waits must not leave its listeners behind.
    const warned = vi.fn();
    process.on("warning", warned);
    await using grpc = await serveEcho({
      async *serverStream() {
        for (; sent < 200; sent += 1) yield { channel: 0, data: Buffer.alloc(MEGABYTE) };
      },
    });
    // A window of Node's own size for a client: 64 KiB.
    const stream = openCall(grpc.session(), "/test.Echo/ServerStream");
    stream.end(encode(Buffer.alloc(0)));
    await once(stream, "response");
    await sleep(300);
    expect(sent).toBeLessThan(10);
    const { status, body } = await readAnswer(stream);
    expect({ status, sent, megabytes: Math.floor(body.length / MEGABYTE) }).toEqual({
      status: "0",
      sent: 200,
      megabytes: 200,
    });
    expect(warned).not.toHaveBeenCalled();
  });

  it("as a handler, makes the client wait", async () => {
    let received = 0;
    const reading = deferred<void>();
    await using grpc = await serveEcho({
      async *bidi(requests) {
        for await (const _ of requests) {
          received += 1;
          await reading.promise;
        }
        yield echo(String(received));
      },
    });
    const stream = openCall(grpc.session(), "/test.Echo/Bidi");
    const answer = readAnswer(stream);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 100; sent += 1) {
        if (!stream.write(encode(Buffer.alloc(MEGABYTE)))) await once(stream, "drain");
      }
      stream.end();
    })();
    await expect.poll(() => received).toBe(1);
    await sleep(500);
    // What the stream's window of 16 MiB holds, and what is buffered at either end.
    expect({ received, sent: sent <= 24 }).toEqual({ received: 1, sent: true });
    reading.resolve();
    await sending;
    expect((await answer).body.subarray(7).toString()).toBe("100");
  });
});

describe("a connection after the client's GOAWAY", () => {
  it("completes the calls in progress, then is closed", async () => {
    const idle = vi.fn();
    const [started, going] = [deferred<void>(), deferred<void>()];
    const unary: typeof HANDLERS.unary = async (request) => {
      started.resolve();
      await going.promise;
      return request;
    };
    await using grpc = await serveOverTcp([service(EchoDefinition, { ...HANDLERS, unary })], idle);
    const session = grpc.session();
    const stream = openCall(session, "/test.Echo/Unary");
    stream.end(encode(Buffer.from("hi")));
    await started.promise;
    session.goaway();
    await sleep(50);
    expect(idle).not.toHaveBeenCalled();
    going.resolve();
    expect((await readAnswer(stream)).status).toBe("0");
    session.close();
    await expect.poll(() => idle.mock.calls).toHaveLength(1);
  });
});
