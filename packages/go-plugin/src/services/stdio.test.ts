import { once } from "node:events";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { type GrpcOverTcp, serveOverTcp } from "../testing-fixtures/grpc-over-tcp.ts";
import { frame, openCall } from "../testing-fixtures/raw-call.ts";
import { createStdio, redirectStdout } from "./stdio.ts";

/** As a host listens. */
function listen(grpc: GrpcOverTcp): ClientHttp2Stream {
  const stream = openCall(grpc.session(), "/plugin.GRPCStdio/StreamStdio");
  stream.on("error", () => {});
  stream.end(frame(Buffer.alloc(0)));
  return stream;
}

async function next(stream: ClientHttp2Stream): Promise<string> {
  const [chunk] = (await once(stream, "data")) as [Buffer];
  return chunk.toString("hex");
}

describe("the host", () => {
  it("receives what is written, as standard output", async () => {
    const { service, write } = createStdio();
    await using grpc = await serveOverTcp([service]);
    const stream = listen(grpc);
    write(Buffer.from("one"));
    // StdioData{channel: STDOUT, data: "one"}
    expect(await next(stream)).toBe("000000000708011203" + "6f6e65");
    write(Buffer.from("two"));
    expect(await next(stream)).toBe("000000000708011203" + "74776f");
  });

  it("receives what was written before it listened, and after it disconnected", async () => {
    const { service, write } = createStdio();
    await using grpc = await serveOverTcp([service]);
    write(Buffer.from("on"));
    write(Buffer.from("e"));
    const first = listen(grpc);
    expect(await next(first)).toBe("000000000708011203" + "6f6e65");
    first.close(8);
    // The plugin writes nothing until it has read the request: it answers a ping after what came
    // before.
    await new Promise((resolve) => first.session?.ping(resolve));
    await setImmediate();
    write(Buffer.from("two"));
    expect(await next(listen(grpc))).toBe("000000000708011203" + "74776f");
  });

  it("gets nothing on a second stream, when the first has all that was written", async () => {
    const { service, write } = createStdio();
    await using grpc = await serveOverTcp([service]);
    const chunks: string[] = [];
    const sessions: ClientHttp2Session[] = [];
    for (const stream of [listen(grpc), listen(grpc)]) {
      stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString("hex")));
      const session = stream.session as ClientHttp2Session;
      await once(session, "connect");
      sessions.push(session);
    }
    // The plugin answers a ping after what came before, and sends what it wrote before.
    const settle = async () => {
      for (const session of sessions) await new Promise((resolve) => session.ping(resolve));
    };
    await settle();
    await setImmediate();
    write(Buffer.from("one"));
    await settle();
    expect(chunks).toEqual(["000000000708011203" + "6f6e65"]);
  });

  it("gets the first 64 KiB that were written before it listened", async () => {
    const { service, write } = createStdio();
    await using grpc = await serveOverTcp([service]);
    for (let kilobytes = 0; kilobytes < 65; kilobytes += 1) write(Buffer.alloc(1000 + 24, "x"));
    const header = await next(listen(grpc));
    // 65,536 bytes of data, and six around them.
    expect(header.slice(0, 22)).toBe("0000010006" + "080112" + "808004");
  });

  it("gets the contents of a buffer when it was written", async () => {
    const { service, write } = createStdio();
    await using grpc = await serveOverTcp([service]);
    const reused = Buffer.from("one");
    write(reused);
    reused.fill("x");
    expect(await next(listen(grpc))).toBe("000000000708011203" + "6f6e65");
  });
});

describe("redirectStdout", () => {
  const { write: original } = process.stdout;
  afterEach(() => {
    process.stdout.write = original;
  });

  it.each([
    { name: "a text", write: () => process.stdout.write("hi"), hex: "6869" },
    { name: "bytes", write: () => process.stdout.write(Buffer.from("hi")), hex: "6869" },
    {
      name: "a string in another encoding",
      write: () => process.stdout.write("6869", "hex"),
      hex: "6869",
    },
  ])("takes $name", ({ write, hex }) => {
    const taken: string[] = [];
    redirectStdout((data) => taken.push(Buffer.from(data).toString("hex")));
    expect(write()).toBe(true);
    expect(taken).toEqual([hex]);
  });

  it("calls back, as a stream does", async () => {
    redirectStdout(() => {});
    await new Promise((resolve) => process.stdout.write("hi", resolve));
    await new Promise((resolve) => process.stdout.write("hi", "utf8", resolve));
  });
});
