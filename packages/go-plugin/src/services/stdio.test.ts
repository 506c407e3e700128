import { describe, expect, test } from "vitest";
import { GRPCStdioDefinition } from "../gen/plugin/stdio.ts";
import { methodPath } from "../grpc/service.ts";
import { createStdio } from "./stdio.ts";

function listen(
  stdio: ReturnType<typeof createStdio>,
  signal: AbortSignal,
): AsyncGenerator<{ data: Uint8Array }> {
  const method = stdio.service.get(methodPath(GRPCStdioDefinition, GRPCStdioDefinition.methods.streamStdio));
  return method?.handler({}, { metadata: new Map(), signal }) as AsyncGenerator<{ data: Uint8Array }>;
}

const text = async (stream: AsyncGenerator<{ data: Uint8Array }>) =>
  Buffer.from((await stream.next()).value?.data ?? []).toString();

describe("what the plugin writes", () => {
  test("before and after the host listens reaches it", async () => {
    const stdio = createStdio();
    stdio.write(Buffer.from("early "));
    stdio.write(Buffer.from("bird"));
    const abort = new AbortController();
    const stream = listen(stdio, abort.signal);
    expect(await text(stream)).toBe("early bird");
    const next = text(stream);
    stdio.write(Buffer.from("later"));
    expect(await next).toBe("later");
    const last = stream.next();
    abort.abort();
    expect((await last).done).toBe(true);
  });

  test("is dropped beyond 64 KiB while nobody listens", async () => {
    const stdio = createStdio();
    stdio.write(Buffer.alloc(60 * 1024, "a"));
    stdio.write(Buffer.alloc(60 * 1024, "b"));
    stdio.write(Buffer.from("c"));
    const received = await text(listen(stdio, new AbortController().signal));
    expect(received.length).toBe(60 * 1024 + 1);
    expect(received).not.toContain("b");
  });
});
