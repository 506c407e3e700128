import { getEventListeners, once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect, promisify } from "node:util";
import { generate } from "selfsigned";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createClient } from "./index.ts";
import type { Environment } from "./proxy-rules.ts";
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
  extensions: [
    {
      name: "subjectAltName",
      altNames: [
        { type: 7, ip: "127.0.0.1" },
        { type: 2, value: "tfe.test" },
      ],
    },
  ],
});

/** A Terraform Cloud with a private certificate. */
async function serveTls(): Promise<{ readonly address: string; readonly caCert: string }> {
  const { cert, private: key } = await certificate;
  const server = createTlsServer({ key, cert }, (_, response) => {
    response.writeHead(200, JSON_API).end(ACCOUNT);
  });
  server.on("tlsClientError", (_, socket: Socket) => socket.destroy());
  return { address: `https://127.0.0.1:${await listen(server)}`, caCert: cert };
}

const ISSUED = `{"data":{"id":"at-1","attributes":{"created-at":"2030-01-01T00:00:00Z","token":"forged"}}}`;

/** Sends a request that isn't retried. */
async function issue(address: string, env: Environment): Promise<unknown> {
  const client = createClient({ address, token: SECRET, requestTimeoutMs: 60_000, env });
  return await client.organizationTokens.create("acme").catch((error: unknown) => error);
}

async function details(address: string, caCert = "", env: Environment = {}): Promise<unknown> {
  const client = createClient({ address, token: SECRET, caCert, requestTimeoutMs: 60_000, env });
  return await client.account.details().catch((error: unknown) => error);
}

test("an untrusted certificate is rejected, whatever the environment says", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const { address } = await serveTls();
  expect(await details(address)).toMatchObject({ code: "tls" });
});

describe("no listener remains on the signals after", () => {
  const { signal } = new AbortController();
  const { signal: unsentSignal } = new AbortController();
  const get = async (port: number) =>
    await createTransport(`http://127.0.0.1:${port}`, { env: {}, requestTimeoutMs: 2000 })({
      method: "GET",
      path: "/",
      headers: {},
      signal,
      unsentSignal,
    });
  const listeners = () =>
    [signal, unsentSignal].flatMap((one) => getEventListeners(one, "abort")).length;

  test("a request with a response", async () => {
    const port = await listen(createServer((_, response) => response.end("text")));
    expect(await get(port)).toMatchObject({ status: 200, text: "text" });
    await expect.poll(listeners).toBe(0);
  });

  test("a request whose response is too large", async () => {
    const port = await listen(
      createServer((_, response) => response.end(Buffer.alloc(2 * 1024 * 1024))),
    );
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

test("a token with a line break is never sent, and isn't part of the error", async () => {
  const client = createClient({ address: "http://127.0.0.1:1", token: `${SECRET}\n` });
  const error = await client.organizationTokens.create("acme").catch((failure: unknown) => failure);
  expect(error).toMatchObject({
    code: "invalid",
    notApplied: true,
    message:
      'creating the token of organization "acme" failed: the token or the user agent has a character that is not allowed in a header',
  });
  expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
});

test("calls that hang don't delay another one, and get 1800 connections, no more", async () => {
  let isGone = false;
  const host = createServer(({ method }, response) => {
    if (method === "GET") response.writeHead(200, JSON_API).end(ACCOUNT);
    else if (isGone) response.destroy();
  });
  const address = `http://127.0.0.1:${await listen(host)}`;
  const client = createClient({ address, token: SECRET, requestTimeoutMs: 60_000 });
  // It states no limit.
  await client.account.details();
  const connections = promisify(host.getConnections).bind(host);
  const outcomes: Promise<unknown>[] = [];
  const hang = (calls: number) => {
    for (let call = 0; call < calls; call += 1)
      outcomes.push(client.organizationTokens.create("acme").catch((error: unknown) => error));
  };
  hang(1500);
  await expect.poll(connections, { timeout: 20_000 }).toBe(1500);
  expect(await client.account.details()).toMatchObject({ username: "ann" });
  hang(350);
  await expect.poll(connections, { timeout: 20_000 }).toBe(1800);
  await sleep(500);
  expect(await connections()).toBe(1800);
  isGone = true;
  host.closeAllConnections();
  for (const error of await Promise.all(outcomes))
    expect(error).toMatchObject({ code: "unreachable" });
});

describe("through a proxy", () => {
  /** The host's name, which only the proxies here know: a loopback address has no proxy. */
  const behindProxy = (address: string) => address.replace("127.0.0.1", "tfe.test");

  /** A working proxy. @returns its requests. */
  async function serveProxy(proxy: Server = createServer()): Promise<{
    readonly port: number;
    readonly asked: string[];
  }> {
    const asked: string[] = [];
    proxy.on("connect", ({ url = "", headers }: IncomingMessage, socket: Socket) => {
      asked.push(
        `${url} ${headers["proxy-authorization"] ?? "nobody"} ${headers.authorization ?? ""}`,
      );
      const [, port = ""] = /^tfe\.test:(\d+)$/.exec(url) ?? [];
      const upstream = connect(Number(port), "127.0.0.1", () =>
        socket.write("HTTP/1.1 200 OK\r\n\r\n"),
      );
      sockets.push(socket, upstream);
      socket.on("error", () => {}).pipe(upstream);
      upstream.on("error", () => {}).pipe(socket);
    });
    return { port: await listen(proxy), asked };
  }

  test("the host is the one that its certificate names, and the proxy sees no token", async () => {
    const { address, caCert } = await serveTls();
    const { port, asked } = await serveProxy();
    const env = { HTTPS_PROXY: `http://ann:p%40ss@127.0.0.1:${port}` };
    const host = behindProxy(address);
    expect(await details(host, caCert, env)).toMatchObject({ username: "ann" });
    expect(asked).toEqual([`${host.slice("https://".length)} Basic YW5uOnBAc3M= `]);
    expect(await details(host, "", env)).toMatchObject({ code: "tls" });
  });

  test("plain HTTP works, too", async () => {
    const port = await listen(
      createServer((_, response) => response.writeHead(200, JSON_API).end(ACCOUNT)),
    );
    const proxy = await serveProxy();
    const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await details(`http://tfe.test:${port}`, "", env)).toMatchObject({ username: "ann" });
    expect(proxy.asked).toEqual([`tfe.test:${port} nobody `]);
  });

  test("an HTTPS proxy must be trusted, too", async () => {
    const { address, caCert } = await serveTls();
    const { cert, private: key } = await certificate;
    const proxy = createTlsServer({ key, cert });
    proxy.on("tlsClientError", (_, socket: Socket) => socket.destroy());
    const { port } = await serveProxy(proxy);
    const env = { HTTPS_PROXY: `https://127.0.0.1:${port}` };
    const host = behindProxy(address);
    expect(await details(host, caCert, env)).toMatchObject({ username: "ann" });
    expect(await details(host, "", env)).toMatchObject({
      code: "unreachable",
      message: expect.stringContaining(
        "connecting to the proxy in HTTPS_PROXY failed: DEPTH_ZERO_SELF_SIGNED_CERT",
      ),
    });
  });

  test("a value without a scheme means http", async () => {
    const { address, caCert } = await serveTls();
    const { port, asked } = await serveProxy();
    const env = { HTTPS_PROXY: `127.0.0.1:${port}` };
    expect(await details(behindProxy(address), caCert, env)).toMatchObject({ username: "ann" });
    expect(asked).toHaveLength(1);
  });

  test("no request is sent to a loopback address or a host of NO_PROXY", async () => {
    const { address, caCert } = await serveTls();
    const env = { HTTPS_PROXY: "http://127.0.0.1:1" };
    expect(await details(address, caCert, env)).toMatchObject({ username: "ann" });
    const direct = await details("https://tfe.test:1", "", { ...env, NO_PROXY: "test" });
    expect(direct).toMatchObject({ message: expect.stringContaining("tfe.test") });
    expect(direct).toMatchObject({ message: expect.not.stringContaining("proxy") });
  });

  test("an unreachable proxy is reported with its variable, and without any part of its value", async () => {
    const error = await details("https://tfe.test", "", {
      https_proxy: "http://ann:pw@127.0.0.1:1",
    });
    expect(error).toMatchObject({
      code: "unreachable",
      message:
        "reading the account details failed: connecting to the proxy in https_proxy failed: ECONNREFUSED",
    });
  });

  test("an invalid proxy is reported with its variable", async () => {
    const error = await details("https://tfe.test", "", {
      HTTPS_PROXY: "http://ann:s3#cret@127.0.0.1:1",
    });
    expect(error).toMatchObject({ code: "unreachable", notApplied: true });
    expect(String(error)).toMatch(/HTTPS_PROXY is not the URL of a proxy(?!.*(?:s3|cret|ann))/);
  });

  describe("that speaks SOCKS 5", () => {
    const REFUSED = 5;

    /**
     * @param status What it answers to a request; 0 lets through.
     * @param password It wants ann, with this.
     */
    async function serveSocks({ status = 0, password = "" } = {}): Promise<{
      readonly port: number;
      readonly asked: string[];
    }> {
      const asked: string[] = [];
      const serve = async (socket: Socket) => {
        await nextChunk(socket);
        socket.write(Buffer.from([5, password ? 2 : 0]));
        if (password) {
          const said = (await nextChunk(socket)).toString("latin1");
          const isRight = said === `\x01\x03ann${String.fromCharCode(password.length)}${password}`;
          socket.write(Buffer.from([1, isRight ? 0 : 1]));
          if (!isRight) return;
        }
        const request = await nextChunk(socket);
        const nameEnd = 5 + (request[4] ?? 0);
        const port = request.readUInt16BE(nameEnd);
        asked.push(`${request.subarray(5, nameEnd)}:${port}`);
        const granted = Buffer.from([5, status, 0, 1, 0, 0, 0, 0, 0, 0]);
        if (status !== 0) {
          socket.end(granted);
          return;
        }
        const upstream = connect(port, "127.0.0.1", () => socket.write(granted));
        sockets.push(upstream);
        socket.pipe(upstream).pipe(socket);
        upstream.on("error", () => {});
      };
      const server = createTcpServer((socket) => {
        socket.on("error", () => {});
        void serve(socket);
      });
      return { port: await listen(server), asked };
    }

    const nextChunk = async (socket: Socket): Promise<Buffer> => (await once(socket, "data"))[0];

    test("finds the host by its name", async () => {
      const { address, caCert } = await serveTls();
      const { port, asked } = await serveSocks();
      const env = { HTTPS_PROXY: `socks5://127.0.0.1:${port}` };
      const host = behindProxy(address);
      expect(await details(host, caCert, env)).toMatchObject({ username: "ann" });
      expect(asked).toEqual([host.slice("https://".length)]);
      expect(await details(host, "", env)).toMatchObject({ code: "tls" });
    });

    test("gets the user and the password", async () => {
      const { address, caCert } = await serveTls();
      const { port } = await serveSocks({ password: "p#ss" });
      const detailsWith = (password: string) =>
        details(behindProxy(address), caCert, {
          TERRAFORM_HTTPS_PROXY: `socks5h://ann:${password}@127.0.0.1:${port}`,
        });
      expect(await detailsWith("p%23ss")).toMatchObject({ username: "ann" });
      const refused = await detailsWith("wr0ng");
      expect(refused).toMatchObject({
        code: "unreachable",
        message: expect.stringMatching(
          /the proxy in TERRAFORM_HTTPS_PROXY opened no connection: .*auth/i,
        ),
      });
      expect(inspect(refused, { depth: 10 })).not.toContain("wr0ng");
    });

    test("and rejects the connection is named by its variable", async () => {
      const { port } = await serveSocks({ status: REFUSED });
      const error = await details("https://tfe.test", "", {
        HTTPS_PROXY: `socks5://127.0.0.1:${port}`,
      });
      expect(error).toMatchObject({
        code: "unreachable",
        notApplied: true,
        message: expect.stringContaining("the proxy in HTTPS_PROXY opened no connection: "),
      });
    });

    test("and can't be reached is named by its variable", async () => {
      const error = await details("https://tfe.test", "", { HTTPS_PROXY: "socks5://127.0.0.1:1" });
      expect(error).toMatchObject({
        message: expect.stringContaining(
          "connecting to the proxy in HTTPS_PROXY failed: ECONNREFUSED",
        ),
      });
    });
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
  ])("a response of the proxy itself isn't taken for the host's: %s", async ([, answer, says]) => {
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
    const error = await issue("https://app.terraform.io", {
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
    });
    expect(error).toMatchObject({
      code: "unreachable",
      message: expect.stringContaining(
        `the proxy in HTTPS_PROXY responded with HTTP status ${says}`,
      ),
    });
    expect(received).not.toContain(SECRET);
  });

  test("a proxy that doesn't respond gets a hundred connections, and no more", async () => {
    let open = 0;
    const port = await listen(
      createTcpServer((socket) => {
        open += 1;
        sockets.push(socket);
      }),
    );
    const client = createClient({
      address: "https://app.terraform.io",
      env: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
      token: SECRET,
      requestTimeoutMs: 5000,
    });
    const calls = Array.from({ length: 150 }, () => client.organizationTokens.create("acme"));
    const reasons = (await Promise.allSettled(calls)).map(
      (call) => call.status === "rejected" && call.reason,
    );
    expect(open).toBe(100);
    expect(reasons.at(-1)).toMatchObject({
      message: expect.stringContaining(
        "the proxy in HTTPS_PROXY has 100 connections pending; no more are opened",
      ),
      notApplied: true,
    });
  });

  test("a creation whose caller goes is cancelled while the proxy doesn't respond", async () => {
    const abort = new AbortController();
    const port = await listen(
      createTcpServer((socket) => socket.once("data", () => abort.abort())),
    );
    const client = createClient({
      address: "https://app.terraform.io",
      env: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
      token: SECRET,
      requestTimeoutMs: 5000,
    }).for({ signal: abort.signal });
    await expect(client.organizationTokens.create("acme")).rejects.toMatchObject({
      code: "aborted",
      notApplied: true,
    });
  });

  test("a proxy whose response never ends is given up", async () => {
    let open = 0;
    const port = await listen(
      createTcpServer((socket) => {
        open += 1;
        socket
          .on("error", () => {})
          .on("close", () => {
            open -= 1;
          });
        const write = () =>
          socket.destroyed || socket.write("x".repeat(65_536), () => setImmediate(write));
        socket.write("HTTP/1.1 200 OK\r\nx: ", write);
      }),
    );
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    expect(await issue("https://app.terraform.io", env)).toMatchObject({ code: "unreachable" });
    await expect.poll(() => open).toBe(0);
  });
});
