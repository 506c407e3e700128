import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "./transport.ts";

test("a SOCKS proxy that resets the first connection fails the request, and nothing else", async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.on("uncaughtException", note);
  // The client is connected by then. Without a cache, loading the package takes longer.
  const proxy = createServer((socket) => setTimeout(() => socket.resetAndDestroy(), 3)).listen(
    0,
    "127.0.0.1",
  );
  onTestFinished(() => {
    process.off("uncaughtException", note);
    proxy.close();
  });
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  const send = createTransport("http://tfe.test", {
    env: { HTTP_PROXY: `socks5://127.0.0.1:${port}` },
    requestTimeoutMs: 5000,
  });
  const request = {
    method: "GET",
    path: "/",
    headers: {},
    signal: AbortSignal.timeout(5000),
  } as const;
  await expect(send(request)).rejects.toThrow("the proxy in HTTP_PROXY");
  expect(uncaught).toEqual([]);
});
