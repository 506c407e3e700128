import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { checkServer } from "./server.ts";
import { serverOf } from "./server-api.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const PLUGIN = { file: "/opt/plugins/vault-plugin-secrets-terraform", sha256: "aa" };
const CONFIG = { address: "https://tfe.example.com", base_path: "/api/v2/", ca_cert: "" };

/** What a server answers, by path: those of a healthy setup unless a case says otherwise. */
const HEALTHY: Readonly<Record<string, readonly [status: number, body: unknown]>> = {
  "sys/health": [200, { sealed: false, version: "2.7.2" }],
  "auth/token/lookup-self": [200, {}],
  "sys/plugins/catalog": [
    200,
    {
      data: {
        detailed: [
          { name: "terraform", type: "secret", sha256: "aa", version: "v1.0.0" },
          { name: "kv", type: "secret", builtin: true },
        ],
      },
    },
  ],
  "sys/mounts": [
    200,
    {
      data: {
        "terraform/": { type: "terraform", running_plugin_version: "v1.0.0", running_sha256: "aa" },
        "secret/": { type: "kv" },
      },
    },
  ],
  "terraform/config": [200, { data: CONFIG }],
  "terraform/check": [200, { data: { ok: true, roles: { ci: { ok: true } } } }],
};

/** What is found of a server whose answers are those, in lines. */
async function findingsOf(
  answers: typeof HEALTHY,
  env: NodeJS.ProcessEnv = { VAULT_TOKEN: "s.root" },
) {
  const server = createServer((request, response) => {
    const path = request.url?.replace(/^\/v1\//, "").replace(/\?.*/, "") ?? "";
    const [status, body] = { ...HEALTHY, ...answers }[path] ?? [404, { errors: [] }];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const VAULT_ADDR = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { findings, upstreams } = await checkServer(PLUGIN, { VAULT_ADDR, ...env }, NOW);
    const lines = findings.map(
      ({ check, status, message, remedy }) => `${status} ${check}: ${message}; ${remedy}`,
    );
    return { lines, upstreams };
  } finally {
    server.close();
  }
}

test("a healthy setup passes, and lists the addresses that its mounts call", async () => {
  const { lines, upstreams } = await findingsOf({});
  expect(lines.map((line) => line.split(": ")[0])).toEqual([
    "ok server",
    "ok catalog",
    "ok mount terraform/",
    "ok config of terraform/",
    "ok token of terraform/",
  ]);
  expect(upstreams).toEqual([
    { address: "https://tfe.example.com", basePath: "/api/v2/", caCert: "" },
  ]);
});

const catalogOf = (entry: object) =>
  [200, { data: { detailed: [{ type: "secret", ...entry }] } }] as const;

test.for<[string, typeof HEALTHY, string]>([
  [
    "a sealed server",
    { "sys/health": [503, { sealed: true, version: "2.7.2" }] },
    'is sealed; run "bao operator unseal"',
  ],
  [
    "something else than a server",
    { "sys/health": [200, "hello"] },
    "responded with status 200, and not as OpenBao or Vault does; correct BAO_ADDR",
  ],
  [
    "a token that has expired",
    { "auth/token/lookup-self": [403, { errors: ["permission denied"] }] },
    "wrong server token: the server rejects it: 403 permission denied; log in again",
  ],
  [
    "a catalog without the plugin",
    { "sys/plugins/catalog": catalogOf({ name: "other", sha256: "bb" }) },
    "this plugin is not registered; copy the file into the server's plugin_directory, and run \"bao plugin register -sha256=aa",
  ],
  [
    "another hash",
    { "sys/plugins/catalog": catalogOf({ name: "terraform", sha256: "bb", version: "v1.0.0" }) },
    '"terraform" v1.0.0 is registered with SHA-256 bb, and this file\'s is aa; copy',
  ],
  [
    "another name, with this file as its command",
    {
      "sys/plugins/catalog": catalogOf({ name: "tfc", sha256: "bb", version: "v1.0.0" }),
      "sys/plugins/catalog/secret/tfc": [
        200,
        { data: { command: "vault-plugin-secrets-terraform" } },
      ],
    },
    "-command=vault-plugin-secrets-terraform secret tfc",
  ],
  [
    "a catalog that the token may not read",
    { "sys/plugins/catalog": [403, { errors: ["permission denied"] }] },
    "note catalog: reading the plugin catalog failed: 403 permission denied; give the token",
  ],
  [
    "a mount that runs an old file",
    {
      "sys/mounts": [200, { data: { "terraform/": { type: "terraform", running_sha256: "cc" } } }],
    },
    'runs a file with SHA-256 cc, which is no longer registered; run "bao plugin reload -mounts=terraform/"',
  ],
  ["no mount", { "sys/mounts": [200, { data: {} }] }, "note mounts: no mount uses this plugin"],
  [
    "a mount without configuration",
    { "terraform/config": [404, { errors: [] }] },
    "the mount has no configuration",
  ],
  [
    "a configuration that may not be read",
    { "terraform/config": [403, {}] },
    "note config of terraform/: reading config failed: 403",
  ],
  [
    "a plugin that doesn't answer",
    { "terraform/config": [500, { errors: ["plugin gone"] }] },
    "reading config failed: 500 plugin gone; see",
  ],
  [
    "a token that has expired at Terraform Cloud",
    {
      "terraform/config": [200, { data: { ...CONFIG, token_expired_at: "2029-12-31T00:00:00Z" } }],
    },
    "its token for https://tfe.example.com expired at 2029-12-31T00:00:00Z; write another",
  ],
  [
    "a plugin without check",
    { "terraform/check": [404, { errors: ["unsupported path"] }] },
    "note token of terraform/: this version of the plugin has no check path",
  ],
  [
    "a token that check refuses",
    { "terraform/check": [200, { data: { ok: false, error: "unauthorized", roles: {} } }] },
    "wrong token of terraform/: unauthorized; write another token",
  ],
  [
    "a role of another user",
    {
      "terraform/check": [
        200,
        { data: { ok: false, roles: { ci: { ok: false, reason: "of another user" } } } },
      ],
    },
    "wrong role terraform/role/ci: of another user; correct the role",
  ],
])("%s is reported", async ([, answers, says]) => {
  const { lines } = await findingsOf(answers);
  expect(lines.join("\n")).toContain(says);
});

test("if the catalog can't be read, mounts of the default type are checked", async () => {
  const { lines } = await findingsOf({
    "sys/plugins/catalog": [403, { errors: ["permission denied"] }],
  });
  expect(lines.map((line) => line.split(": ")[0])).toEqual([
    "ok server",
    "note catalog",
    "ok mount terraform/",
    "ok config of terraform/",
    "ok token of terraform/",
  ]);
});

test("a missing server address or token is a note", async () => {
  const { findings } = await checkServer(PLUGIN, {}, NOW);
  expect(findings).toMatchObject([{ check: "server", status: "note" }]);
  const { lines } = await findingsOf({}, {});
  expect(lines[1]).toContain("note server token: BAO_TOKEN is not set");
});

test("a server that can't be reached is reported with the variable to check", async () => {
  const { findings } = await checkServer(PLUGIN, { BAO_ADDR: "http://127.0.0.1:1" }, NOW);
  expect(findings).toMatchObject([
    {
      status: "wrong",
      message: "calling the server in BAO_ADDR failed: connect ECONNREFUSED 127.0.0.1:1",
      remedy: "check BAO_ADDR, and set BAO_CACERT for a private authority",
    },
  ]);
});

test("a server that doesn't respond is reported after the time limit", async () => {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  const BAO_ADDR = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await expect((await serverOf({ BAO_ADDR }, 200))?.get("sys/health")).rejects.toThrow(
      "no response within 0.2s",
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("requests go to the server's namespace, with its token", async () => {
  const seen: unknown[] = [];
  const server = createServer(({ headers, url }, response) => {
    seen.push([url, headers["x-vault-token"], headers["x-vault-namespace"]]);
    response.end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const BAO_ADDR = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    BAO_ADDR,
    VAULT_ADDR: "http://127.0.0.1:1",
    BAO_TOKEN: "s.bao",
    VAULT_TOKEN: "s.vault",
    BAO_NAMESPACE: "team",
  };
  await (await serverOf(env))?.get("sys/mounts");
  server.closeAllConnections();
  server.close();
  expect(seen).toEqual([["/v1/sys/mounts", "s.bao", "team"]]);
});
