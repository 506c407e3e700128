import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { createSecureContext, rootCertificates } from "node:tls";
import { generate } from "selfsigned";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createClient } from "./index.ts";
import type { Environment } from "./proxy-rules.ts";
import { startSimulator } from "./simulator/index.ts";
import { authoritiesOf, trustOf } from "./trust.ts";

interface Identity {
  readonly cert: string;
  readonly key: string;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trust-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function authority(name: string, ca?: Identity): Promise<Identity> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
    ...(ca && { ca }),
  });
  return { cert: `${cert}\n`, key };
}

async function hostCertificate(ca: Identity): Promise<Identity> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "tfe.test" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
    ca,
  });
  return { cert: `${cert}\n`, key };
}

/**
 * A root that has issued an authority, which has issued the host's certificate; and another root.
 */
const chain = (async () => {
  const root = await authority("a root");
  const issuing = await authority("an issuing authority", root);
  const host = await hostCertificate(issuing);
  return { root, issuing, host, other: await authority("another root") };
})();

/** @returns its address. */
async function serve(shown: string, { host }: Awaited<typeof chain>): Promise<string> {
  const server = createServer({ key: host.key, cert: shown }, (_, response) => {
    response.writeHead(200, { "content-type": "application/vnd.api+json" });
    response.end('{"data":{"id":"user-1","attributes":{"username":"ann"}}}');
  });
  server.on("tlsClientError", (_, socket: Socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function details(address: string, caCert: string, env: Environment = {}): Promise<unknown> {
  const client = createClient({ address, token: "x", caCert, env, requestTimeoutMs: 5000 });
  return await client.account.details().catch((error: unknown) => error);
}

async function fileOf(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

type Part = "root" | "issuing" | "host";

test.for<[shown: readonly Part[], trusted: readonly Part[]]>([
  [["host", "issuing"], ["root"]],
  [["host", "issuing"], ["issuing"]],
  [["host", "issuing"], ["host"]],
  [["host", "issuing", "root"], ["issuing"]],
  [["host"], ["issuing"]],
  [["host"], ["host"]],
  [["host"], ["issuing", "root"]],
])("a host that shows %j is trusted with a ca_cert of %j", async ([shown, trusted]) => {
  const made = await chain;
  const pem = (parts: readonly Part[]) => parts.map((part) => made[part].cert).join("\n");
  const address = await serve(pem(shown), made);
  expect(await details(address, pem(trusted))).toMatchObject({ username: "ann" });
});

test("a certificate of an untrusted authority is rejected, and the error names ca_cert as the remedy", async () => {
  const made = await chain;
  const address = await serve(made.host.cert + made.issuing.cert, made);
  for (const caCert of ["", made.other.cert]) {
    expect(await details(address, caCert)).toMatchObject({
      code: "tls",
      notApplied: true,
      message: expect.stringMatching(
        /certificate; set ca_cert to the certificate of the authority that issued/,
      ),
    });
  }
});

test("a host that responds in plain text is named as such", async () => {
  const simulator = await startSimulator();
  onTestFinished(() => simulator.close());
  const { port } = new URL(simulator.address);
  expect(await details(`https://127.0.0.1:${port}`, "")).toMatchObject({
    code: "tls",
    message: expect.stringContaining(
      "the host doesn't respond in TLS; check the scheme and port of address",
    ),
  });
});

describe("the system's store", () => {
  test.for(["SSL_CERT_FILE", "PLUGIN_EXTRA_CA_CERTS"])(
    "is also the file of %s",
    async (variable) => {
      const made = await chain;
      const address = await serve(made.host.cert + made.issuing.cert, made);
      const file = await fileOf(`${variable}.pem`, made.root.cert);
      expect(await details(address, "", { [variable]: file })).toMatchObject({ username: "ann" });
    },
  );

  test("is also the directories of SSL_CERT_DIR", async () => {
    const made = await chain;
    const address = await serve(made.host.cert + made.issuing.cert, made);
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    await Promise.all([mkdir(first), mkdir(join(second, "below"), { recursive: true })]);
    const file = await fileOf("kept-elsewhere.pem", made.root.cert);
    await symlink(file, join(second, "root.crt"));
    await writeFile(join(second, "README"), "no certificate");
    const env = { SSL_CERT_DIR: `${first}:${second}:${join(folder, "absent")}` };
    expect(await details(address, "", env)).toMatchObject({ username: "ann" });
  });

  test("has each certificate once, and only those of the files that the variables name", async () => {
    const { root, issuing } = await chain;
    const directory = join(folder, "hashed");
    await mkdir(directory);
    await writeFile(join(directory, "root.pem"), root.cert.replaceAll("\n", "\r\n"));
    await writeFile(join(directory, "issuing.pem"), `Issuing\n${issuing.cert}`);
    await symlink("issuing.pem", join(directory, "0a1b2c3d.0"));
    const env = { SSL_CERT_FILE: await fileOf("bundle.pem", root.cert), SSL_CERT_DIR: directory };
    const authorities = await authoritiesOf([], env);
    expect(authorities.map((pem) => pem.trim()).sort()).toEqual(
      [root, issuing].map(({ cert }) => cert.replaceAll("\r", "").trim()).sort(),
    );
  });

  test("is Node's own if there is none", async () => {
    const env = { SSL_CERT_FILE: join(folder, "absent"), SSL_CERT_DIR: join(folder, "absent") };
    expect(await authoritiesOf([], env)).toEqual(rootCertificates);
  });

  test("is read once", async () => {
    const { root, other } = await chain;
    const env = {
      SSL_CERT_FILE: await fileOf("changes.pem", root.cert),
      SSL_CERT_DIR: join(folder, "absent"),
    };
    const before = await authoritiesOf([], env);
    await writeFile(env.SSL_CERT_FILE, other.cert);
    expect(await authoritiesOf([], env)).toEqual(before);
  });

  const bundle = "/etc/ssl/certs/ca-certificates.crt";
  test.skipIf(!existsSync(bundle))("is the usual bundle if no variable is set", async () => {
    const first = (await readFile(bundle, "utf8")).split(/(?<=-----END CERTIFICATE-----)/)[0];
    expect(await authoritiesOf([], {})).toContain(first?.trim());
  });

  test("may contain other data than certificates", async () => {
    const made = await chain;
    const address = await serve(made.host.cert + made.issuing.cert, made);
    const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const env = { SSL_CERT_FILE: await fileOf("damaged.pem", damaged + made.root.cert) };
    expect(await details(address, "", env)).toMatchObject({ username: "ann" });
  });
});

describe("of many authorities", { timeout: 60_000 }, () => {
  /** Parsing them takes some 300 ms on Node 20, and 50 on later ones. */
  const many = Array.from({ length: 10 }, () => rootCertificates).flat();
  const cpuMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const parseAllMs = () => {
    const start = cpuMs();
    createSecureContext({ ca: many });
    return cpuMs() - start;
  };

  test("only a small part is parsed at a time", async () => {
    const trust = trustOf(undefined, {
      PLUGIN_EXTRA_CA_CERTS: await fileOf("parts.pem", many.join("\n")),
    });
    let isDone = false;
    const opened = trust.context().finally(() => {
      isDone = true;
    });
    let longestMs = 0;
    while (!isDone) {
      const start = cpuMs();
      await setImmediate();
      longestMs = Math.max(longestMs, cpuMs() - start);
    }
    await opened;
    expect(longestMs).toBeLessThan(parseAllMs() / 2);
  });

  test("certificates are parsed once for all connections", async () => {
    const made = await chain;
    const address = await serve(made.host.cert + made.issuing.cert, made);
    const env = { PLUGIN_EXTRA_CA_CERTS: await fileOf("many.pem", many.join("\n")) };
    const client = createClient({ address, token: "x", caCert: made.root.cert, env });
    const start = cpuMs();
    await Promise.all(Array.from({ length: 15 }, () => client.account.details()));
    expect(cpuMs() - start).toBeLessThan(8 * parseAllMs());
  });

  test("clients with the same certificates share the parsed ones", async () => {
    const { root, other } = await chain;
    const trust = trustOf(root.cert, {});
    expect(trustOf(root.cert, {})).toBe(trust);
    expect(await trust.context()).toBe(await trust.context());
    expect(trustOf(other.cert, {})).not.toBe(trust);
    expect(trustOf(root.cert, { SSL_CERT_FILE: "/another" })).not.toBe(trust);
  });
});
