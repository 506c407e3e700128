import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, connect as tlsConnect } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { createIdentity, type Identity } from "./certificate.ts";
import { pinnedTls } from "./pinning.ts";

const host = createIdentity();
const plugin = createIdentity();
const stranger = createIdentity();

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

describe("the plugin's server", () => {
  async function serve() {
    const outcomes: string[] = [];
    let settle = () => {};
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const note = (outcome: string) => {
      outcomes.push(outcome);
      settle();
    };
    const tls = pinnedTls(plugin, host.certificate);
    const server = tls.createServer(
      (socket) => {
        socket.on("error", () => {});
        note("accepted");
        socket.end("hello");
      },
      (reason) => note(`refused: ${reason}`),
    );
    return { port: await listen(server), outcomes, settled };
  }

  test("takes the host", async () => {
    const { port, outcomes } = await serve();
    const socket = await pinnedTls(host, plugin.certificate).dial(await connected(port));
    const [data] = await once(socket, "data");
    expect(String(data)).toBe("hello");
    expect(outcomes).toEqual(["accepted"]);
  });

  test.for<[name: string, identity: Identity | undefined]>([
    ["one without a certificate", undefined],
    ["one with another certificate of the same names", stranger],
    ["one with the plugin's own certificate", plugin],
  ])("refuses %s", async ([, identity]) => {
    const { port, outcomes, settled } = await serve();
    const socket = tlsConnect({
      port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
      ...(identity && { key: identity.key, cert: identity.certificate }),
    });
    let received = "";
    socket.on("data", (data) => {
      received += String(data);
    });
    socket.on("error", () => {});
    await Promise.all([settled, once(socket, "close")]);
    expect(outcomes).toEqual(["refused: the certificate is not the one that was announced"]);
    expect(received).toBe("");
  });

  test("refuses one that doesn't speak TLS", async () => {
    const { port, outcomes, settled } = await serve();
    (await connected(port)).on("error", () => {}).write("PRI * HTTP/2.0\r\n\r\n");
    await settled;
    expect(outcomes[0]).toMatch(/^refused: /);
  });
});

describe("the plugin, dialling", () => {
  async function dial(identity: Identity | undefined): Promise<string> {
    const server = identity
      ? createTlsServer({ key: identity.key, cert: identity.certificate, ALPNProtocols: ["h2"] })
      : createServer((socket) => socket.end("not TLS"));
    server.on("tlsClientError", () => {});
    const port = await listen(server);
    const outcome = pinnedTls(plugin, host.certificate).dial(await connected(port));
    return await outcome.then(
      () => "connected",
      (error: Error) => error.message,
    );
  }

  test("reaches the host", async () => {
    expect(await dial(host)).toBe("connected");
  });

  test("refuses another server of the same names", async () => {
    expect(await dial(stranger)).toBe("the certificate is not the one that was announced");
  });

  test("refuses a server that doesn't speak TLS", async () => {
    expect(await dial(undefined)).not.toBe("connected");
  });
});
