import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { unwrapIdentity } from "./unwrap-identity.ts";
import { requestUnwrapping } from "./unwrap-request.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** As a host makes it: on P-521, whose key Go writes in SEC 1. */
let host: { readonly certificate: string; readonly key: string; readonly wrapped: Wrapped };
interface Wrapped {
  readonly ServerCert: unknown;
  readonly ServerKey: unknown;
}

const sec1 = (pem: string) =>
  createPrivateKey(pem).export({ type: "sec1", format: "der" }).toString("base64");

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-521",
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  const ServerCert = new X509Certificate(cert).raw.toString("base64");
  host = { certificate: cert, key, wrapped: { ServerCert, ServerKey: sec1(key) } };
});

/** Where a server answers. */
async function listen(server: Server, scheme = "http"): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${scheme}://localhost:${(server.address() as AddressInfo).port}`;
}

const answering =
  (status: number, body: unknown): RequestListener =>
  (_, response) => {
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  };

/** A token as a server makes it, but for its signature. */
const jwt = (claims: unknown) =>
  `${base64url({ alg: "ES512" })}.${base64url(claims)}.${Buffer.from("signature").toString("base64url")}`;
const base64url = (json: unknown) => Buffer.from(JSON.stringify(json)).toString("base64url");

describe("unwrapping", () => {
  test("returns the certificate and the key in PEM", async () => {
    const asked: unknown[] = [];
    const addr = await listen(
      createServer((request, response) => {
        const { method, url, headers } = request;
        asked.push([method, url, headers["x-vault-token"], headers["x-vault-request"]]);
        answering(200, { data: host.wrapped })(request, response);
      }),
    );
    const token = jwt({ addr });
    const { certificate, key } = await unwrapIdentity(token, {});
    expect(
      new X509Certificate(certificate).raw.equals(new X509Certificate(host.certificate).raw),
    ).toBe(true);
    expect(createPrivateKey(key).equals(createPrivateKey(host.key))).toBe(true);
    expect(asked).toEqual([["PUT", "/v1/sys/wrapping/unwrap", token, "true"]]);
  });

  test("keeps the path of the address", async () => {
    const urls: unknown[] = [];
    const listener: RequestListener = (request, response) => {
      urls.push(request.url);
      answering(200, { data: host.wrapped })(request, response);
    };
    const addr = await listen(createServer(listener));
    await unwrapIdentity(jwt({ addr: `${addr}/bao` }), {});
    await unwrapIdentity(jwt({ addr: `${addr}/bao/` }), {});
    expect(urls).toEqual(["/bao/v1/sys/wrapping/unwrap", "/bao/v1/sys/wrapping/unwrap"]);
  });

  test.for(["BAO_CACERT", "VAULT_CACERT", "PLUGIN_EXTRA_CA_CERTS"])(
    "trusts the file of %s",
    async (name) => {
      const server = createHttpsServer(
        { key: host.key, cert: host.certificate },
        answering(200, { data: host.wrapped }),
      );
      const addr = await listen(server, "https");
      const folder = mkdtempSync(join(tmpdir(), "unwrap-"));
      cleanups.push(() => rmSync(folder, { recursive: true }));
      const file = join(folder, "ca.pem");
      writeFileSync(file, host.certificate);
      expect(await unwrapIdentity(jwt({ addr }), { [name]: file })).toMatchObject({
        certificate: expect.stringContaining("BEGIN CERTIFICATE"),
      });
      await expect(unwrapIdentity(jwt({ addr }), {})).rejects.toMatchObject({
        code: "upstream",
        // Newer versions of Node append advice.
        message: expect.stringContaining(
          `${addr} can't be reached to unwrap the plugin's certificate: self-signed certificate`,
        ),
      });
      await expect(unwrapIdentity(jwt({ addr }), { [name]: `${file}x` })).rejects.toMatchObject({
        code: "upstream",
        message: expect.stringContaining("ENOENT: no such file"),
      });
    },
  );

  test("checks the server's certificate, whatever the environment says", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    cleanups.push(() => vi.unstubAllEnvs());
    const credentials = { key: host.key, cert: host.certificate };
    const addr = await listen(
      createHttpsServer(credentials, answering(200, { data: host.wrapped })),
      "https",
    );
    await expect(unwrapIdentity(jwt({ addr }), {})).rejects.toMatchObject({
      message: expect.stringContaining("self-signed certificate"),
    });
  });
});

describe("a token", () => {
  test.for([
    { name: "of no form", token: "hvs.CAESIJ" },
    { name: "that is empty", token: "" },
    { name: "whose claims are no JSON", token: "e30.eyJhZGRy.c2ln" },
    { name: "without an address", token: jwt({ type: "wrapping" }) },
    { name: "with an empty address", token: jwt({ addr: "" }) },
    { name: "with the address of a file", token: jwt({ addr: "file:///etc/passwd" }) },
    { name: "whose address is no text", token: jwt({ addr: 8200 }) },
  ])("$name is refused, unrepeated", async ({ token }) => {
    await expect(unwrapIdentity(token, {})).rejects.toMatchObject({
      name: "PluginError",
      code: "internal",
      message: "the unwrap token is not a JWT with the address of its server",
    });
  });
});

describe("an answer", () => {
  const failing = async (listener: RequestListener) => {
    const addr = await listen(createServer(listener));
    return await unwrapIdentity(jwt({ addr }), {}).then(
      () => "unwrapped",
      ({ code, message }) => `${code}: ${message.replace(addr, "the server")}`,
    );
  };

  test.for([
    {
      name: "that refuses",
      listener: answering(400, {
        errors: ["wrapping token is not valid or does not exist: s3cr3t"],
      }),
      error: "upstream: the server responded to the unwrap token with HTTP status 400",
    },
    {
      name: "that points elsewhere",
      listener: ((_, response) => {
        response.writeHead(307, { location: "http://127.0.0.1:1/" }).end();
      }) satisfies RequestListener,
      error: "upstream: the server responded to the unwrap token with HTTP status 307",
    },
    {
      name: "that is no JSON",
      listener: answering(200, '{"ServerKey": s3cr3t'),
      error: "internal: the unwrapped response is not a certificate with its key",
    },
    {
      name: "of something else",
      listener: answering(200, { data: { password: "s3cr3t" } }),
      error: "internal: the unwrapped response is not a certificate with its key",
    },
    {
      name: "without the key",
      listener: answering(200, { data: { ServerCert: "aGk=", ServerKey: "" } }),
      error: "internal: the unwrapped response is not a certificate with its key",
    },
    {
      name: "without a certificate",
      listener: answering(200, { data: { ServerCert: "aGk=", ServerKey: "aGk=" } }),
      error: "internal: the unwrapped certificate can't be used with its key",
    },
    {
      name: "that is too long",
      listener: answering(200, "x".repeat(70_000)),
      error: "upstream: the response to the unwrap token is larger than 65536 bytes",
    },
    {
      name: "that breaks off",
      listener: ((_, response) => {
        response.writeHead(200, { "content-length": "100" }).write("{");
        setTimeout(() => response.destroy(), 20);
      }) satisfies RequestListener,
      error: "upstream: the server can't be reached to unwrap the plugin's certificate: aborted",
    },
  ])("$name fails, unrepeated", async ({ listener, error }) => {
    expect(await failing(listener)).toBe(error);
  });

  test("with another's key fails", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-521" });
    const other = privateKey.export({ type: "sec1", format: "der" }).toString("base64");
    expect(await failing(answering(200, { data: { ...host.wrapped, ServerKey: other } }))).toBe(
      "internal: the unwrapped certificate can't be used with its key",
    );
  });

  test("fails if no address responds", async () => {
    await expect(unwrapIdentity(jwt({ addr: "http://127.0.0.1:1" }), {})).rejects.toMatchObject({
      code: "upstream",
      message:
        "http://127.0.0.1:1 can't be reached to unwrap the plugin's certificate: connect ECONNREFUSED 127.0.0.1:1",
    });
    await expect(unwrapIdentity(jwt({ addr: "http://localhost:1" }), {})).rejects.toMatchObject({
      code: "upstream",
      message: expect.stringMatching(/certificate: .*ECONNREFUSED/),
    });
  });

  test.for([
    { name: "that never comes", listener: () => {} },
    {
      name: "that never ends",
      listener: ((_, response) => {
        response.writeHead(200).write("{");
      }) satisfies RequestListener,
    },
  ])("$name fails in time", async ({ listener }) => {
    const addr = await listen(createServer(listener));
    await expect(requestUnwrapping(addr, "token", {}, 100)).rejects.toMatchObject({
      code: "upstream_timeout",
      message: `${addr} didn't unwrap the plugin's certificate within 100 ms`,
    });
  });
});
