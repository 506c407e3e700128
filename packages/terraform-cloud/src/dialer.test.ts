import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type LookupFunction, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import type { Environment } from "./proxy-rules.ts";
import { createTransport, type Transport } from "./transport.ts";

/** Where nothing answers, until it is opened. */
const FAR = "127.0.0.2";
/** Where a server answers. */
const NEAR = "127.0.0.1";

const sockets: Socket[] = [];
const servers: Server[] = [];
const workers: Worker[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

async function serveNear(
  server = createServer((_, response) => response.end("near")),
): Promise<number> {
  servers.push(server);
  server.listen(0, NEAR);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Listens at an address, and lets no connection come about. @returns opens it. */
async function congest(host: string, port: number): Promise<() => void> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("testing-fixtures/congested-server.mjs", import.meta.url), {
    workerData: { host, port, gate },
  });
  workers.push(worker);
  await once(worker, "message");
  await sleep(100);
  for (let filled = 0; filled < 5; filled += 1) {
    sockets.push(connect(port, host).on("error", () => {}));
  }
  await sleep(200);
  return () => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  };
}

const lookupOf =
  (...addresses: readonly string[]): LookupFunction =>
  (_hostname, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );

/** @returns the answer, and how many milliseconds it took. */
async function get(transport: Transport): Promise<{ readonly text: string; readonly ms: number }> {
  const start = performance.now();
  const signal = AbortSignal.timeout(20_000);
  const { text } = await transport({
    method: "GET",
    path: "/",
    headers: { connection: "close" },
    signal,
  });
  return { text, ms: performance.now() - start };
}

/** A loopback address beside the usual one is Linux's alone. */
describe.skipIf(process.platform !== "linux")(
  "a host with several addresses",
  { timeout: 60_000 },
  () => {
    test("is reached at an address that takes a second to connect", async () => {
      const port = await serveNear();
      for (const server of servers.splice(0)) server.close();
      const open = await congest(FAR, port);
      const transport = createTransport(`http://tfe.test:${port}`, {
        env: {},
        requestTimeoutMs: 30_000,
        lookup: lookupOf(FAR, NEAR),
      });
      // The kernel asks again after one second.
      setTimeout(open, 500);
      expect(await get(transport)).toMatchObject({ text: "late" });
    });

    const REQUEST_TIMEOUT_MS = 8000;
    const ATTEMPT_MS = 2000;

    test("is reached at the one that responds, within the request's time limit, and later at once", async () => {
      const port = await serveNear();
      await congest(FAR, port);
      const transport = createTransport(`http://tfe.test:${port}`, {
        env: {},
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        lookup: lookupOf(FAR, NEAR),
      });
      const first = await get(transport);
      expect(first).toMatchObject({ text: "near" });
      expect(first.ms).toBeGreaterThan(ATTEMPT_MS - 50);
      expect(first.ms).toBeLessThan(REQUEST_TIMEOUT_MS);
      const second = await get(transport);
      expect(second).toMatchObject({ text: "near" });
      expect(second.ms).toBeLessThan(ATTEMPT_MS - 50);
    });

    test.for<[scheme: string, says: string]>([
      ["http", "responded with HTTP status 403"],
      ["socks5", "opened no connection: Socket closed"],
    ])("may be a proxy of %s", async ([scheme, says]) => {
      const proxy = createServer();
      proxy.on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
      proxy.on("clientError", (_, socket) => socket.destroy());
      const port = await serveNear(proxy);
      await congest(FAR, port);
      const env: Environment = { HTTP_PROXY: `${scheme}://proxy.test:${port}` };
      const transport = createTransport("http://tfe.test", {
        env,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        lookup: lookupOf(FAR, NEAR),
      });
      const start = performance.now();
      await expect(get(transport)).rejects.toThrow(`the proxy in HTTP_PROXY ${says}`);
      expect(performance.now() - start).toBeGreaterThan(ATTEMPT_MS - 50);
      const again = performance.now();
      await expect(get(transport)).rejects.toThrow(says);
      expect(performance.now() - again).toBeLessThan(ATTEMPT_MS - 50);
    });
  },
);
