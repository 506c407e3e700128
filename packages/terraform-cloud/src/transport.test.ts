import { getEventListeners, once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { generate } from "selfsigned";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createClient } from "./index.ts";
import { createTransport, NotSentError } from "./transport.ts";

const SECRET = "sEcReT-token";
const ACCOUNT = '{"data":{"id":"user-1","attributes":{"username":"ann"}}}';
const JSON_API = { "content-type": "application/vnd.api+json" };

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

const certificate = generate([{ name: "commonName", value: "127.0.0.1" }], {
  keyType: "ec",
  extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
});

/** A Terraform Cloud with a certificate of its own. */
async function serveTls(): Promise<{ readonly address: string; readonly caCert: string }> {
  const { cert, private: key } = await certificate;
  const server = createTlsServer({ key, cert }, (_, response) => {
    response.writeHead(200, JSON_API).end(ACCOUNT);
  });
  server.on("tlsClientError", (_, socket: Socket) => socket.destroy());
  return { address: `https://127.0.0.1:${await listen(server)}`, caCert: cert };
}

const ISSUED = `{"data":{"id":"at-1","attributes":{"created-at":"2030-01-01T00:00:00Z","token":"forged"}}}`;

/** Asks for what isn't tried again. */
async function issue(address: string): Promise<unknown> {
  const client = createClient({ address, token: SECRET, requestTimeoutMs: 2000 });
  return await client.organizationTokens.create("acme").catch((error: unknown) => error);
}

async function details(address: string, caCert = ""): Promise<unknown> {
  const client = createClient({ address, token: SECRET, caCert, requestTimeoutMs: 2000 });
  return await client.account.details().catch((error: unknown) => error);
}

test("a certificate that isn't to be trusted is refused, whatever the environment says", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const { address } = await serveTls();
  expect(await details(address)).toMatchObject({ code: "tls" });
});

describe("what ends while its signal lives on leaves nothing there:", () => {
  const { signal } = new AbortController();
  const get = async (port: number) =>
    await createTransport(
      `http://127.0.0.1:${port}`,
      undefined,
    )({
      method: "GET",
      path: "/",
      headers: {},
      signal,
    });
  const listeners = () => getEventListeners(signal, "abort").length;

  test("a request that is answered", async () => {
    const port = await listen(createServer((_, response) => response.end("text")));
    expect(await get(port)).toMatchObject({ status: 200, text: "text" });
    await expect.poll(listeners).toBe(0);
  });

  test("a request whose answer is too large", async () => {
    const port = await listen(createServer((_, response) => response.end(Buffer.alloc(2 * 1024 * 1024))));
    await expect(get(port)).rejects.toMatchObject({ code: "too_large" });
    await expect.poll(listeners).toBe(0);
  });

  test("a request whose connection is cut", async () => {
    const port = await listen(createServer((_, response) => response.destroy()));
    await expect(get(port)).rejects.toMatchObject({ code: "ECONNRESET" });
    await expect.poll(listeners).toBe(0);
  });

  test("a request that isn't sent", async () => {
    await expect(get(1)).rejects.toThrow(NotSentError);
    await expect.poll(listeners).toBe(0);
  });
});

test("a host that doesn't answer gets a hundred connections, and no more", async () => {
  const host = createServer(({ method }, response) => {
    if (method === "GET") response.writeHead(200, JSON_API).end(ACCOUNT);
  });
  const address = `http://127.0.0.1:${await listen(host)}`;
  const client = createClient({ address, token: SECRET, requestTimeoutMs: 1000 });
  // It tells of no limit.
  await client.account.details();
  const calls = Array.from({ length: 150 }, () => client.organizationTokens.create("acme"));
  const outcomes = Promise.allSettled(calls);
  await sleep(500);
  expect(await promisify(host.getConnections).call(host)).toBe(100);
  expect((await outcomes).every(({ status }) => status === "rejected")).toBe(true);
});

describe("through a proxy", () => {
  /** A proxy that does what it is there for; gives what it was asked. */
  async function serveProxy(): Promise<{ readonly port: number; readonly asked: string[] }> {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on("connect", ({ url = "", headers }, socket: Socket) => {
      asked.push(`${url} ${headers["proxy-authorization"] ?? "nobody"} ${headers.authorization ?? ""}`);
      const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(url) ?? [];
      const upstream = connect(Number(port), host, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
      sockets.push(socket, upstream);
      socket.on("error", () => {}).pipe(upstream);
      upstream.on("error", () => {}).pipe(socket);
    });
    return { port: await listen(proxy), asked };
  }

  test("the host is the one that its certificate names, and the proxy sees no token", async () => {
    const { address, caCert } = await serveTls();
    const { port, asked } = await serveProxy();
    vi.stubEnv("HTTPS_PROXY", `http://ann:p%40ss@127.0.0.1:${port}`);
    expect(await details(address, caCert)).toMatchObject({ username: "ann" });
    expect(asked).toEqual([`${address.slice("https://".length)} Basic YW5uOnBAc3M= `]);
    expect(await details(address)).toMatchObject({ code: "tls" });
  });

  test("plain HTTP goes, too", async () => {
    const port = await listen(createServer((_, response) => response.writeHead(200, JSON_API).end(ACCOUNT)));
    const proxy = await serveProxy();
    vi.stubEnv("HTTP_PROXY", `http://127.0.0.1:${proxy.port}`);
    expect(await details(`http://127.0.0.1:${port}`)).toMatchObject({ username: "ann" });
    expect(proxy.asked).toEqual([`127.0.0.1:${port} nobody `]);
  });

  test("goes nothing to a host of NO_PROXY", async () => {
    const { address, caCert } = await serveTls();
    vi.stubEnv("HTTPS_PROXY", "http://127.0.0.1:1");
    vi.stubEnv("NO_PROXY", "127.0.0.1");
    expect(await details(address, caCert)).toMatchObject({ username: "ann" });
  });

  test.for<[name: string, answer: string, says: string]>([
    [
      "a token that it made",
      `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n\r\n${ISSUED}`,
      "201",
    ],
    [
      "that there is nobody",
      'HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\n\r\n{"errors":[{"title":"x"}]}',
      "404",
    ],
    ["that it wants a password", "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407"],
  ])("an answer of the proxy's own is none of the host's: %s", async ([, answer, says]) => {
    let received = "";
    const port = await listen(
      createTcpServer((socket) => {
        socket
          .on("error", () => {})
          .on("data", (chunk: Buffer) => {
            received += chunk.toString();
            socket.end(answer);
          });
      }),
    );
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${port}`);
    const error = await issue("https://app.terraform.io");
    expect(error).toMatchObject({
      code: "unreachable",
      message: expect.stringContaining(`the proxy answers with HTTP status ${says}`),
    });
    expect(received).not.toContain(SECRET);
  });

  test("a proxy that doesn't answer gets a hundred connections, and no more", async () => {
    let open = 0;
    const port = await listen(
      createTcpServer((socket) => {
        open += 1;
        sockets.push(socket);
      }),
    );
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${port}`);
    const client = createClient({
      address: "https://app.terraform.io",
      token: SECRET,
      requestTimeoutMs: 100,
    });
    const calls = Array.from({ length: 150 }, () => client.organizationTokens.create("acme"));
    const reasons = (await Promise.allSettled(calls)).map(
      (call) => call.status === "rejected" && call.reason,
    );
    expect(open).toBe(100);
    expect(reasons.at(-1)).toMatchObject({
      message: expect.stringContaining("the proxy leaves 100 requests unanswered"),
      notApplied: true,
    });
  }, 15_000);

  test("a proxy that never comes to an end is given up", async () => {
    let open = 0;
    const port = await listen(
      createTcpServer((socket) => {
        open += 1;
        socket
          .on("error", () => {})
          .on("close", () => {
            open -= 1;
          });
        const write = () => socket.destroyed || socket.write("x".repeat(65_536), () => setImmediate(write));
        socket.write("HTTP/1.1 200 OK\r\nx: ", write);
      }),
    );
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${port}`);
    expect(await issue("https://app.terraform.io")).toMatchObject({ code: "unreachable" });
    await expect.poll(() => open).toBe(0);
  });
});
