import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { generate } from "selfsigned";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createClient } from "./index.ts";
import { connectInProcess } from "./simulator/in-process.ts";

const SECRET = "sEcReT-token";
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function ask(listener: RequestListener, requestTimeoutMs = 60_000) {
  const port = await listen(createServer(listener));
  const client = createClient({
    address: `http://127.0.0.1:${port}`,
    token: SECRET,
    requestTimeoutMs,
  });
  return await client.organizationTokens.create("acme").catch((error: unknown) => error);
}

const JSON_API = { "content-type": "application/vnd.api+json" };
const token = (attributes: object) => JSON.stringify({ data: { id: "at-1", attributes } });
const CREATED = "2030-01-01T00:00:00.000Z";

describe("an unexpected response", () => {
  const answer =
    (status: number, headers: Record<string, string>, body: string): RequestListener =>
    (_, response) => {
      response.writeHead(status, headers).end(body);
    };

  test.for<[name: string, listener: RequestListener, code: string, says: string]>([
    [
      "a redirect",
      answer(302, { location: "http://127.0.0.1:1/" }, ""),
      "redirected",
      "unexpected response: 302 redirect, which is never followed; set address to its target; it may",
    ],
    [
      "another protocol",
      answer(101, { connection: "upgrade", upgrade: "websocket" }, ""),
      "malformed",
      "unexpected response: 101 switching protocols; it may have been created",
    ],
    [
      "a 404 of a proxy",
      answer(404, { "content-type": "text/html" }, "<h1>404</h1>"),
      "not_found_unproven",
      "unexpected response: 404 text/html instead of JSON; check address and base_path; it may",
    ],
    [
      "a 401 of a proxy",
      answer(401, { "content-type": "text/html" }, "<h1>Sign in</h1>"),
      "malformed",
      "unexpected response: 401 text/html instead of JSON; check address and base_path; it may",
    ],
    [
      "a 404 of another API",
      answer(404, JSON_API, '{"message":"no such route"}'),
      "not_found_unproven",
      "unexpected response: 404 JSON without errors; it may have been created",
    ],
    [
      "a 404 of its own",
      answer(404, JSON_API, '{"errors":[{"status":"404","title":"not found"}]}'),
      "not_found",
      "404 not found",
    ],
    [
      "errors that are strings",
      answer(422, JSON_API, '{"errors":["one","two"]}'),
      "invalid",
      "422 one; two",
    ],
    [
      "a title and a detail",
      answer(403, JSON_API, '{"errors":[{"title":"no","detail":"never"}]}'),
      "forbidden",
      "403 no: never",
    ],
    [
      "too many requests",
      answer(429, JSON_API, '{"errors":[{"status":429,"title":"Too many requests"}]}'),
      "rate_limited",
      "429 Too many",
    ],
    [
      "a 502 of a proxy",
      answer(502, { "content-type": "text/html" }, "<h1>Bad</h1>"),
      "server_error",
      "502 bad gateway; it may have been created",
    ],
    [
      "no JSON",
      answer(201, JSON_API, "{"),
      "malformed",
      "unexpected response: 201 invalid JSON; it may have been created",
    ],
    [
      "another type of content",
      answer(201, { "content-type": "text/html; charset=utf-8" }, token({ token: "x" })),
      "malformed",
      "unexpected response: 201 text/html instead of JSON; check address and base_path",
    ],
    [
      "no content",
      answer(204, {}, ""),
      "malformed",
      "unexpected response: 204 empty body instead of JSON",
    ],
    [
      "another document",
      answer(201, JSON_API, "[]"),
      "malformed",
      "unexpected response: JSON without data; it",
    ],
    [
      "no token",
      answer(201, JSON_API, token({ "created-at": CREATED, token: null })),
      "malformed",
      "unexpected response: JSON without data.attributes.token; it may have been created",
    ],
    [
      "an empty token",
      answer(201, JSON_API, token({ "created-at": CREATED, token: "" })),
      "malformed",
      "unexpected response: JSON with an invalid data.attributes.token; it may",
    ],
    [
      "a date that is none",
      answer(201, JSON_API, token({ "created-at": "x", token: "x" })),
      "malformed",
      "unexpected response: JSON with an invalid data.attributes.created-at; it may",
    ],
    [
      "2 MiB",
      answer(201, JSON_API, "x".repeat(2 * 1024 * 1024)),
      "too_large",
      "larger than 1048576 bytes",
    ],
    [
      "control characters",
      answer(400, JSON_API, '{"errors":["a\\u001b[31mb\\n"]}'),
      "invalid",
      "400 a [31mb",
    ],
    [
      "the token that was sent",
      answer(
        400,
        JSON_API,
        JSON.stringify({ errors: [`${"x".repeat(170)} Bearer ${SECRET} is ${SECRET}`] }),
      ),
      "invalid",
      "x Bearer [redacted] is [re",
    ],
  ])("%s", { timeout: 30_000 }, async ([, listener, code, says]) => {
    const error = await ask(listener);
    expect(error).toMatchObject({ code, message: expect.stringContaining(says) });
    expect(String(error)).not.toContain(SECRET);
    expect(String(error)).toContain('creating the token of organization "acme" failed: ');
  });

  test("a long error is truncated", async () => {
    const error = await ask(
      answer(400, JSON_API, JSON.stringify({ errors: ["x".repeat(100_000)] })),
    );
    expect(String(error).length).toBeLessThan(400);
  });
});

describe("what a server may leave out or add doesn't fail a call", () => {
  const readWith = (document: object) =>
    createClient(
      { address: "https://tfe.test", token: SECRET },
      connectInProcess(async () => ({ status: 200, headers: JSON_API, document })),
    );

  test.for([{}, { organization: {} }, { organization: { data: null } }])(
    "an organization without data: %j",
    async (relationships) => {
      const data = { id: "x", attributes: { name: "x" }, relationships };
      const client = readWith({ data });
      expect(await client.agentTokens.organizationOf("x")).toBe(null);
      expect(await client.teams.read("x")).toMatchObject({ organization: null });
    },
  );

  test.for([{}, { team: {} }, { team: { data: null } }])(
    "a team without data: %j",
    async (relationships) => {
      const data = { id: "at-1", attributes: { "created-at": CREATED }, relationships };
      expect(await readWith({ data }).tokens.read("at-1")).not.toHaveProperty("teamId");
    },
  );

  test.for([{}, { "can-update-api-token": null }])(
    "a right that is not told: %j",
    async (permissions) => {
      const client = readWith({ data: { id: "x", attributes: { name: "x", permissions } } });
      expect(await client.teams.read("x")).toMatchObject({ mayManageTokens: undefined });
      expect(await client.organizations.read("x")).toEqual({ name: "x" });
    },
  );

  test("an owner of an unknown type", async () => {
    const relationships = {
      "authenticated-resource": { data: { id: "prj-1", type: "projects" } },
    };
    const data = { id: "user-1", attributes: { username: "ann" }, relationships };
    expect(await readWith({ data }).account.details()).toMatchObject({ owner: null });
  });
});

test("a redirect is never followed: the token is sent nowhere else", async () => {
  const elsewhere: string[] = [];
  const port = await listen(
    createServer((request, response) => {
      elsewhere.push(request.headers.authorization ?? "");
      response.end();
    }),
  );
  await ask((_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end();
  });
  expect(elsewhere).toEqual([]);
});

test("an error of a gateway, which states no rate limit, doesn't lift the limit", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  let requests = 0;
  const unavailable = connectInProcess(async () => {
    requests += 1;
    return { status: 503, headers: JSON_API, document: { message: "no upstream" } };
  });
  const client = createClient({ address: "https://tfe.test", token: SECRET }, unavailable);
  const create = () => client.organizationTokens.create("acme");
  await expect(create()).rejects.toMatchObject({ code: "server_error" });
  const others = Promise.allSettled(Array.from({ length: 50 }, create));
  await vi.advanceTimersByTimeAsync(1000);
  expect(requests).toBe(30);
  await vi.advanceTimersByTimeAsync(1000);
  await others;
});

describe("a missing response", () => {
  test.for<[name: string, listener: RequestListener]>([
    ["at all", () => {}],
    ["to its end", (_, response) => void response.writeHead(201, JSON_API).write("{")],
  ])("%s is given up in time", async ([, listener]) => {
    expect(await ask(listener, 200)).toMatchObject({
      code: "timeout",
      message:
        'creating the token of organization "acme" failed: no response within 0.2s; it may have been created',
    });
  });

  test.for<[name: string, listener: RequestListener]>([
    ["before", (request) => void request.socket.destroy()],
    [
      "during the response",
      (_, response) =>
        void response
          .writeHead(201, { ...JSON_API, "content-length": "9" })
          .write("{", () => response.destroy()),
    ],
  ])("because the connection is cut %s is reported", async ([, listener]) => {
    expect(await ask(listener)).toMatchObject({ code: "unreachable", notApplied: false });
  });

  test("leaves the outcome unknown although the second attempt is unauthorized", async () => {
    let attempts = 0;
    const port = await listen(
      createServer((_, response) => {
        attempts += 1;
        response.writeHead(attempts === 1 ? 502 : 401).end();
      }),
    );
    const client = createClient({ address: `http://127.0.0.1:${port}`, token: SECRET });
    await expect(client.tokens.delete("at-1")).rejects.toMatchObject({
      code: "unauthorized",
      notApplied: false,
      message: 'deleting token "at-1" failed: 401 unauthorized; it may have been deleted',
    });
    expect(attempts).toBe(2);
  });

  test("because nothing listens is reported", async () => {
    const port = await listen(createServer());
    for (const server of servers.splice(0)) server.close();
    const client = createClient({ address: `http://127.0.0.1:${port}`, token: SECRET });
    const create = client.organizationTokens.create("acme");
    await expect(create).rejects.toMatchObject({
      code: "unreachable",
      notApplied: true,
      message: `creating the token of organization "acme" failed: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  test("because the caller has gone is reported", async () => {
    const port = await listen(createServer(() => {}));
    const client = createClient({ address: `http://127.0.0.1:${port}`, token: SECRET });
    await expect(
      client.for({ signal: AbortSignal.timeout(100) }).account.details(),
    ).rejects.toMatchObject({
      code: "aborted",
      notApplied: false,
      message: "reading the account details failed: the request was canceled",
    });
  });
});

describe("a server with a private certificate authority", () => {
  const certificate = generate([{ name: "commonName", value: "127.0.0.1" }], {
    keyType: "ec",
    extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
  });

  async function details(trusted: boolean, host = "127.0.0.1"): Promise<unknown> {
    const { cert, private: key } = await certificate;
    const server = createTlsServer({ key, cert }, (_, response) => {
      response
        .writeHead(200, JSON_API)
        .end('{"data":{"id":"user-1","attributes":{"username":"ann"}}}');
    });
    server.on("tlsClientError", (_, socket: Socket) => socket.destroy());
    const port = await listen(server);
    const client = createClient({
      address: `https://${host}:${port}`,
      token: SECRET,
      ...(trusted && { caCert: cert }),
    });
    return await client.account.details().catch((error: unknown) => error);
  }

  test("is trusted with its certificate alone", async () => {
    expect(await details(true)).toMatchObject({ username: "ann" });
    expect(await details(false)).toMatchObject({ code: "tls", notApplied: true });
  });

  test("must be the host that its certificate names", async () => {
    expect(await details(true, "localhost")).toMatchObject({ code: "tls", notApplied: true });
  });
});
