import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { deferred } from "../testing-fixtures/deferred.ts";
import { createIdentity } from "./certificate.ts";
import { type HostTls, hostTls } from "./host-tls.ts";

const shared = createIdentity();
const host = createIdentity();
const share = async () => ({ key: shared.key, certificate: shared.certificate });

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Connects a client that trusts one certificate and shows another. */
async function serveTo(
  { tls }: HostTls,
  trusted: string,
  client: ConnectionOptions,
): Promise<string> {
  const { promise, resolve } = deferred<string>();
  const server = tls.createServer(
    () => resolve("accepted"),
    () => resolve("refused"),
  );
  const folder = mkdtempSync(join(tmpdir(), "host-tls-"));
  server.listen(join(folder, "s"));
  await once(server, "listening");
  const socket = connect({
    path: join(folder, "s"),
    ca: trusted,
    servername: "localhost",
    ...client,
  });
  socket.on("error", () => {});
  cleanups.push(() => {
    socket.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return promise;
}

const showing = ({ key, certificate: cert }: { key: string; certificate: string }) => ({
  key,
  cert,
});

async function made(...args: Parameters<typeof hostTls>): Promise<HostTls> {
  const tls = await hostTls(...args);
  if (!tls) throw new Error("there is no TLS");
  return tls;
}

describe("a shared key pair", () => {
  it("is presented, and is the only one that is accepted", async () => {
    const tls = await made(share, { PLUGIN_CLIENT_CERT: host.certificate });
    expect(await serveTo(tls, shared.certificate, showing(shared))).toBe("accepted");
    expect(await serveTo(tls, shared.certificate, showing(host))).toBe("refused");
    expect(await serveTo(tls, shared.certificate, {})).toBe("refused");
    expect(tls.announced).toBeUndefined();
  });

  it("that fails is an error, without a fallback to plain text", async () => {
    const fail = () => Promise.reject(new Error("no certificate today"));
    await expect(hostTls(fail, {})).rejects.toThrow("no certificate today");
  });
});

it.each([
  { name: "there is none to share", sharedKeyPair: async () => undefined },
  { name: "hosts share none", sharedKeyPair: undefined },
])("the host's own certificate counts when $name", async ({ sharedKeyPair }) => {
  const tls = await made(sharedKeyPair, { PLUGIN_CLIENT_CERT: host.certificate });
  const base64 = Buffer.from(tls.announced ?? []).toString("base64");
  const announced = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
  expect(await serveTo(tls, announced, showing(host))).toBe("accepted");
  expect(await serveTo(tls, announced, showing(shared))).toBe("refused");
});

it.each([{ env: {} }, { env: { PLUGIN_CLIENT_CERT: "" } }])(
  "there is no TLS with $env",
  async ({ env }) => {
    expect(await hostTls(undefined, env)).toBeUndefined();
  },
);
