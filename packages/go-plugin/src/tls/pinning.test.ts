import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ConnectionOptions,
  createServer as createTlsServer,
  connect as tlsConnect,
} from "node:tls";
import { generate } from "selfsigned";
import { afterEach, describe, expect, it } from "vitest";
import { deferred } from "../testing-fixtures/deferred.ts";
import { createIdentity } from "./certificate.ts";
import { pinnedTls } from "./pinning.ts";

const plugin = createIdentity();
const host = createIdentity();
/** The same names and validity as the host's, another key. */
const stranger = createIdentity();
/** Signed with the host's key. */
const child = await signedBy(host);

async function signedBy(ca: typeof host) {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    ca: { key: ca.key, cert: ca.certificate },
  });
  return { key, certificate: cert, der: new X509Certificate(cert).raw };
}

const credentials = ({ key, certificate: cert }: typeof host) => ({ key, cert });
const chain = (leaf: typeof host, issuer: typeof host) => ({
  key: leaf.key,
  cert: `${leaf.certificate.trim()}\n${issuer.certificate}`,
});

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listen(server: Server): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "pinning-"));
  const path = join(folder, "s");
  cleanups.push(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  server.listen(path);
  await once(server, "listening");
  return path;
}

describe("serving", () => {
  /** Connects a client to the plugin's server. */
  async function serveTo(client: ConnectionOptions): Promise<string> {
    const { promise, resolve } = deferred<string>();
    const server = pinnedTls(plugin, host.certificate).createServer(
      (socket) => {
        resolve("accepted");
        socket.destroy();
      },
      (reason) => resolve(`refused: ${reason}`),
    );
    const socket = tlsConnect({ path: await listen(server), rejectUnauthorized: false, ...client });
    socket.on("error", () => {});
    cleanups.push(() => socket.destroy());
    return promise;
  }

  it("accepts the host", async () => {
    expect(await serveTo(credentials(host))).toBe("accepted");
  });

  it("accepts a host that trusts only the plugin's certificate", async () => {
    const strict = { ca: plugin.certificate, rejectUnauthorized: true, servername: "localhost" };
    expect(await serveTo({ ...credentials(host), ...strict })).toBe("accepted");
  });

  it.each([
    { name: "no certificate", client: {} },
    { name: "a certificate of the same names with another key", client: credentials(stranger) },
    { name: "the plugin's own certificate", client: credentials(plugin) },
    { name: "a certificate that the host has signed", client: credentials(child) },
    { name: "the same, and the host's behind it", client: chain(child, host) },
  ])("refuses a client with $name", async ({ client }) => {
    expect(await serveTo(client)).toBe(
      "refused: the certificate is not the one that was announced",
    );
  });

  it("rejects TLS 1.1", async () => {
    const old = {
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT:@SECLEVEL=0",
    } as const;
    expect(await serveTo({ ...credentials(host), ...old })).toMatch(/^refused: .*protocol/);
  });

  it("rejects clients without TLS", async () => {
    const { promise, resolve } = deferred<string>();
    const server = pinnedTls(plugin, host.certificate).createServer(
      () => resolve("accepted"),
      resolve,
    );
    const socket = connect(await listen(server));
    socket.on("error", () => {});
    socket.end("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect(await promise).not.toBe("accepted");
  });
});

describe("dialling", () => {
  /** Dials a server with that identity; gives what the server sees of the plugin. */
  async function dial(identity: typeof host): Promise<boolean | undefined> {
    const { promise, resolve } = deferred<boolean | undefined>();
    const server = createTlsServer({
      key: identity.key,
      cert: identity.certificate,
      requestCert: true,
      rejectUnauthorized: false,
    });
    server.on("secureConnection", (socket) => {
      socket.on("error", () => {});
      resolve(socket.getPeerX509Certificate()?.raw.equals(plugin.der));
    });
    const raw = connect(await listen(server));
    await once(raw, "connect");
    const socket = await pinnedTls(plugin, host.certificate).dial(raw);
    cleanups.push(() => socket.destroy());
    return promise;
  }

  it("reaches the host, and presents the plugin's certificate", async () => {
    expect(await dial(host)).toBe(true);
  });

  it.each([
    { name: "a certificate of the same names with another key", identity: stranger },
    { name: "the plugin's own certificate", identity: plugin },
    { name: "a certificate that the host has signed", identity: child },
    {
      name: "the same, and the host's behind it",
      identity: { ...child, certificate: chain(child, host).cert },
    },
  ])("rejects a server with $name", async ({ identity }) => {
    await expect(dial(identity)).rejects.toMatchObject({
      name: "GrpcError",
      code: 16,
      message: "the certificate is not the one that was announced",
    });
  });

  it("fails if the other end has no TLS", async () => {
    const path = await listen(createServer((socket) => socket.end("hello\n")));
    const raw = connect(path);
    await once(raw, "connect");
    await expect(pinnedTls(plugin, host.certificate).dial(raw)).rejects.toMatchObject({ code: 14 });
    expect(raw.destroyed).toBe(true);
  });
});
