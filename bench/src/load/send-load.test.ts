import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { sendLoad } from "./send-load.ts";

async function startServer(answer: RequestListener) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const request = (address: string) =>
  ({ address, token: "root", method: "GET", paths: ["a", "b"] }) as const;

test("clients send paths in turns, and each response is timed", async () => {
  const paths: (string | undefined)[] = [];
  await using server = await startServer(({ url }, response) => {
    paths.push(url);
    response.setHeader("content-length", 2).end("{}");
  });
  const { seconds, latencies } = await sendLoad({
    request: request(server.address),
    clients: 3,
    ms: 50,
  });
  expect(paths.slice(0, 2).sort()).toEqual(["/v1/a", "/v1/b"]);
  expect(latencies.length).toBe(paths.length);
  expect(seconds).toBeGreaterThanOrEqual(0.05);
});

test("a request that conflicts is sent again, and counts once", async () => {
  let answered = 0;
  await using server = await startServer((_, response) => {
    answered += 1;
    response.writeHead(answered % 2 === 1 ? 409 : 204, { "content-length": 0 }).end();
  });
  const { latencies } = await sendLoad({ request: request(server.address), clients: 1, ms: 20 });
  expect(latencies.length).toBe(answered / 2);
});

test("a request that fails ends the load", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(503, { "content-length": 6 }).end("sealed");
  });
  const sending = sendLoad({ request: request(server.address), clients: 2, ms: 1000 });
  await expect(sending).rejects.toThrow("GET /v1/a HTTP/1.1 failed with status 503: sealed");
});

test("a connection that is closed ends the load", async () => {
  await using server = await startServer((_, response) => response.destroy());
  const sending = sendLoad({ request: request(server.address), clients: 1, ms: 1000 });
  await expect(sending).rejects.toThrow("the server closed a connection");
});
