import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { apiRequest, bytesRequest } from "./api-request.ts";
import { freePort } from "./free-port.ts";

/** Returns an address that `answer` serves. */
async function serve(answer: RequestListener) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => void server.close(),
  };
}

describe("an answer", () => {
  const cases = {
    "with JSON": [200, '{"data":{"a":1}}', { status: 200, body: { data: { a: 1 } } }],
    "that is empty": [204, "", { status: 204, body: undefined }],
    "that is no JSON": [200, "# HELP up", { status: 200, body: "# HELP up" }],
    "that refuses": [
      403,
      '{"errors":["permission denied"]}',
      { status: 403, body: { errors: ["permission denied"] } },
    ],
    "that fails": [500, '{"errors":[]}', { status: 500, body: { errors: [] } }],
    "that redirects is not followed": [307, "", { status: 307, body: undefined }],
  } as const;
  test.each(Object.entries(cases))("%s", async (_, [status, text, answer]) => {
    using server = await serve((_request, response) => {
      response.writeHead(status, status === 307 ? { location: "/v1/elsewhere" } : {}).end(text);
    });
    expect(await apiRequest(server.address, "GET", "sys/health")).toMatchObject(answer);
  });
});

test("method, path, token and body arrive", async () => {
  const seen: unknown[] = [];
  using server = await serve(async (request, response) => {
    const chunks = await request.toArray();
    seen.push(request.method, request.url, request.headers["x-vault-token"], chunks.join(""));
    response.end();
  });
  await apiRequest(server.address, "PUT", "terraform/role/a", {
    token: "s.token",
    body: { a: [1] },
  });
  await apiRequest(server.address, "GET", "sys/health");
  expect(seen).toEqual([
    "PUT",
    "/v1/terraform/role/a",
    "s.token",
    '{"a":[1]}',
    "GET",
    "/v1/sys/health",
    undefined,
    "",
  ]);
});

test("bytes are sent and received unchanged", async () => {
  const bytes = new Uint8Array([0x1f, 0x8b, 0xff, 0x00]);
  using server = await serve(async (request, response) => {
    response.end(Buffer.concat(await request.toArray()));
  });
  const answer = await bytesRequest(server.address, "POST", "sys/storage/raft/snapshot", {
    body: bytes,
  });
  expect(answer).toMatchObject({ status: 200, bytes });
});

test("a missing response is an OpenBaoError with its cause", async () => {
  const address = `http://127.0.0.1:${await freePort()}`;
  const result = apiRequest(address, "GET", "sys/health");
  await expect(result).rejects.toMatchObject({
    code: "unreachable",
    message: `the server at ${address} didn't respond`,
  });
  await expect(result).rejects.toHaveProperty("cause.message", "fetch failed");
});
