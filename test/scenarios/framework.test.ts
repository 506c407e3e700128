import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { request } from "../support/mount.ts";
import { useProbeServer } from "../support/probe.ts";
import { scenario } from "../support/scenario.ts";
import { hasScans, statusForString } from "../support/server-behaviour.ts";

const use = useProbeServer();

let mounts = 0;

/** Enables the probe at a new path. */
async function newProbe(config: Readonly<Record<string, unknown>> = {}): Promise<string> {
  mounts += 1;
  const path = `probe-${mounts}`;
  await request(use.server, "POST", `sys/mounts/${path}`, { type: "probe", config });
  return path;
}

const send = (
  method: string,
  path: string,
  data?: Readonly<Record<string, unknown>>,
  token?: string,
) => request(use.server, method, path, data, token);

const logged = (text: string) => use.server.logs.filter((line) => line.includes(text));

scenario(["FRAMEWORK_OPERATIONS"], "each operation reaches its handler", async () => {
  const probe = await newProbe();
  const entry = `${probe}/entry/one`;
  expect((await send("GET", entry)).status).toBe(404);
  expect((await send("PUT", entry, { data: { a: 1, b: { c: 2 } } })).data).toEqual({
    operation: "create",
  });
  expect((await send("PUT", entry, { data: { a: 1, b: { c: 2 } } })).data).toEqual({
    operation: "update",
  });
  const patched = await use.server.request(
    "PATCH",
    entry,
    { data: { a: null, b: { d: 3 } } },
    { headers: { "content-type": "application/merge-patch+json" } },
  );
  expect(patched.body).toMatchObject({ data: { operation: "patch", data: { b: { c: 2, d: 3 } } } });
  expect((await send("GET", entry)).data).toEqual({ data: { b: { c: 2, d: 3 } } });
  expect((await send("DELETE", entry)).status).toBe(204);
  expect((await send("GET", entry)).status).toBe(404);
  expect((await send("LIST", `${probe}/entry`)).status).toBe(404);

  expect((await send("DELETE", `${probe}/raw`)).status).toBe(405);
  expect((await send("GET", `${probe}/nothing`)).status).toBe(404);
  expect(await send("PUT", entry, { data: 5, more: 1 })).toMatchObject({
    status: 400,
    errors: ['Field validation failed: field "data" must be a map'],
  });
  expect((await send("PUT", entry, { data: {}, more: 1 })).warnings).toEqual([
    "Endpoint ignored these unrecognized parameters: [more]",
  ]);
});

scenario(
  ["FRAMEWORK_PATCH"],
  "a patch leaves absent fields unchanged, and null clears",
  async () => {
    const settings = `${await newProbe()}/settings`;
    const patch = (
      body: Readonly<Record<string, unknown>>,
      type = "application/merge-patch+json",
    ) => use.server.request("PATCH", settings, body, { headers: { "content-type": type } });
    const absent = await patch({ note: "x" });
    expect(absent.status).toBe(404);
    expect(JSON.stringify(absent.body)).toContain(
      "failed: it doesn't exist; create it with a write first",
    );
    expect((await send("GET", settings)).status).toBe(404);

    const initial = { address: "https://example.com", timeout: 30, verify: true };
    await send("PUT", settings, {
      address: "https://a.test",
      note: "first",
      timeout: 5,
      verify: false,
    });
    expect((await patch({ note: "second" })).status).toBe(204);
    expect((await send("GET", settings)).data).toEqual({
      address: "https://a.test",
      note: "second",
      timeout: 5,
      verify: false,
    });
    expect((await patch({ address: null, note: null, timeout: null, verify: null })).status).toBe(
      204,
    );
    expect((await send("GET", settings)).data).toEqual({ ...initial, note: "" });
    expect((await patch({ note: "x" }, "application/json")).status).toBe(415);

    // The command line gets nulls from standard input alone: of `note=null` it makes a text.
    expect((await use.server.cli(["patch", settings, "note=by hand", "timeout=9"])).exitCode).toBe(
      0,
    );
    const nulls = JSON.stringify({ timeout: null });
    expect((await use.server.cli(["patch", settings, "-"], { stdin: nulls })).exitCode).toBe(0);
    expect((await send("GET", settings)).data).toEqual({ ...initial, note: "by hand" });
  },
);

scenario(
  ["FRAMEWORK_INPUT"],
  "null counts as absent, and an empty string is not a boolean",
  async () => {
    const settings = `${await newProbe()}/settings`;
    const written = { address: "https://a.test", note: "x", timeout: 5, verify: true };
    await send("PUT", settings, written);
    const nulls = { address: null, note: null, timeout: null, verify: null, token: null };
    expect((await send("PUT", settings, nulls)).status).toBe(204);
    expect((await send("GET", settings)).data).toEqual(written);
    expect(await send("PUT", settings, { verify: "" })).toMatchObject({
      status: 400,
      errors: ['Field validation failed: field "verify" must be true or false'],
    });
  },
);

scenario(
  ["FRAMEWORK_INPUT"],
  "a file's line break is removed, and other invalid characters are named",
  async () => {
    const settings = `${await newProbe()}/settings`;
    const stored = async () => (await send("GET", settings)).data["token"];
    const folder = await mkdtemp(join(tmpdir(), "token-"));
    const writeFileAsToken = async (bytes: string | Uint8Array) => {
      const file = join(folder, "token");
      await writeFile(file, bytes);
      return await use.server.cli(["write", settings, `token=@${file}`]);
    };
    try {
      for (const text of ["abc\n", "abc\r\n", "\ufeffabc\r\n"]) {
        await send("PUT", settings, { token: "" });
        expect((await writeFileAsToken(text)).exitCode).toBe(0);
        expect(await stored()).toBe("abc");
      }
      const utf16 = await writeFileAsToken(Buffer.from("\ufeffab", "utf16le"));
      expect(utf16.exitCode).toBe(2);
      expect(utf16.stderr).toContain(
        'field "token" must be a token without spaces: it has a control character and bytes that aren\'t UTF-8',
      );
      expect(await send("PUT", settings, { token: "hun ter2" })).toMatchObject({
        status: 400,
        errors: [
          'Field validation failed: field "token" must be a token without spaces: it has a space',
        ],
      });
      expect(await send("PUT", settings, { token: "🔑".repeat(9) })).toMatchObject({
        errors: ['Field validation failed: field "token" must be at most 8 characters'],
      });
      expect(await stored()).toBe("abc");
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

scenario(
  ["FRAMEWORK_INPUT"],
  "parameters of the query string are typed, with warnings",
  async () => {
    const typed = `${await newProbe()}/typed`;
    const read = await send("GET", `${typed}?ttl=1h&fresh=true&names=a&names=b`);
    expect(read.data).toEqual({ ttl: 3600, fresh: true, names: ["a", "b"] });
    expect(read.warnings).toEqual(["ttl is capped"]);
    expect((await send("GET", `${typed}?ttl=soon`)).status).toBe(400);
    expect((await send("PUT", typed, { ttl: "2m", names: "a,b" })).data).toEqual({
      ttl: 120,
      names: ["a", "b"],
    });
    const { stdout } = await use.server.cli(["read", "-format=json", typed, "ttl=90"]);
    expect(JSON.parse(stdout)).toMatchObject({ data: { ttl: 90 } });
  },
);

const NO_SCANS = "the server has neither scans nor transactions";

scenario(["FRAMEWORK_OPERATIONS"], "a scan reaches its handler", async ({ skip }) => {
  if (!(await hasScans(use.server))) return skip(NO_SCANS);
  const probe = await newProbe();
  expect((await send("SCAN", `${probe}/entry/`)).data).toEqual({ keys: ["all", "levels"] });
});

scenario(
  ["FRAMEWORK_ANSWERS"],
  "raw bodies, headers and wrapped responses reach the client",
  async () => {
    const probe = await newProbe({
      allowed_response_headers: ["X-Answer"],
      passthrough_request_headers: ["X-Probe"],
    });
    const raw = await use.server.request("GET", `${probe}/raw`);
    expect(raw).toMatchObject({ status: 202, body: "a,b\n1,2\n" });
    expect(raw.headers.get("content-type")).toBe("text/csv");
    expect(raw.headers.get("cache-control")).toBe("max-age=60");
    const head = await use.server.request("HEAD", `${probe}/raw`);
    expect(head.status).toBe(200);
    expect(head.headers.get("content-type")).toBe("text/csv");

    const headers = await use.server.request("GET", `${probe}/headers`, undefined, {
      headers: { "X-Probe": "yes" },
    });
    expect(headers.body).toMatchObject({ data: { got: ["yes"] } });
    expect(headers.headers.get("x-answer")).toBe("1, 2");

    const elsewhere = await use.server.request("GET", `${probe}/elsewhere`);
    expect(elsewhere.status).toBe(307);
    expect(elsewhere.headers.get("location")).toBe("https://example.com/there");

    const wrapped = await use.server.request("GET", `${probe}/wrapped`);
    const { wrap_info } = wrapped.body as { wrap_info: { token: string; ttl: number } };
    expect(wrap_info.ttl).toBe(60);
    expect(JSON.stringify(wrapped.body)).not.toContain("treasure");
    expect((await send("PUT", "sys/wrapping/unwrap", {}, wrap_info.token)).data).toEqual({
      deep: "treasure",
    });
  },
);

scenario(
  ["FRAMEWORK_SPECIAL_PATHS"],
  "root paths need sudo, unauthenticated ones no token",
  async () => {
    const probe = await newProbe();
    expect(
      await use.server.request("GET", `${probe}/public`, undefined, { token: undefined }),
    ).toMatchObject({
      status: 200,
      body: { data: { open: true } },
    });
    const tokenOf = async (capabilities: string) => {
      await send("PUT", `sys/policies/acl/${probe}`, {
        policy: `path "${probe}/*" { capabilities = ${capabilities} }`,
      });
      const { body } = await use.server.request("POST", "auth/token/create", { policies: [probe] });
      return (body as { auth: { client_token: string } }).auth.client_token;
    };
    expect((await send("GET", `${probe}/sudo`, undefined, await tokenOf('["read"]'))).status).toBe(
      403,
    );
    expect(
      (await send("GET", `${probe}/sudo`, undefined, await tokenOf('["read", "sudo"]'))).data,
    ).toEqual({
      done: true,
    });
  },
);

scenario(["FRAMEWORK_SYSTEM"], "the system view returns the host's properties", async () => {
  const probe = await newProbe({ default_lease_ttl: "1h", max_lease_ttl: "2h" });
  const { data } = await send("GET", `${probe}/system`);
  expect(data).toMatchObject({
    uuid: expect.stringMatching(/^[\da-f-]{36}$/),
    defaultLeaseTtl: 3600,
    maxLeaseTtl: 7200,
    standby: false,
    tainted: false,
    localMount: false,
    cachingDisabled: false,
    hostVersion: use.server.binary.version,
    environment: { version: use.server.binary.version },
    replication: { standby: false },
  });

  await send("PUT", "sys/policies/password/digits", {
    policy: 'length = 12\nrule "charset" { charset = "0123456789" }',
  });
  expect((await send("GET", `${probe}/password/digits`)).data["password"]).toMatch(/^\d{12}$/);
  expect(await send("GET", `${probe}/password/none`)).toMatchObject({
    status: 400,
    errors: ['the host generated no password for the policy "none"'],
  });
  expect((await send("GET", `${probe}/who`)).data).toMatchObject({
    remoteAddress: "127.0.0.1",
    displayName: "root",
    groups: [],
  });

  await send("POST", "sys/auth/known", { type: "probe-auth" });
  await send("PUT", "sys/policies/acl/probe", {
    policy: `path "${probe}/who" { capabilities = ["read"] }`,
  });
  const login = await use.server.request("PUT", "auth/known/login/bob", { word: "sesame" });
  const { auth } = login.body as { auth: { client_token: string; entity_id: string } };
  await send("PUT", `identity/entity/id/${auth.entity_id}`, { name: "bob-the-builder" });
  await send("PUT", "identity/group", { name: "builders", member_entity_ids: [auth.entity_id] });
  expect((await send("GET", `${probe}/who`, undefined, auth.client_token)).data).toMatchObject({
    displayName: "known-bob",
    entity: { name: "bob-the-builder", alias: "bob" },
    groups: ["builders"],
  });
});

const writeEntries = async (probe: string) => {
  for (const name of ["a", "b", "c", "d"])
    await send("PUT", `${probe}/entry/${name}`, { data: { name } });
};

scenario(["FRAMEWORK_STORAGE"], "storage has pages and transactions", async () => {
  const probe = await newProbe();
  await writeEntries(probe);
  const page = await use.server.request("LIST", `${probe}/entry?after=a&limit=2`);
  expect(page.body).toMatchObject({ data: { keys: ["b", "c"] } });
  expect((await send("LIST", `${probe}/entry`)).data).toEqual({ keys: ["a", "b", "c", "d"] });

  expect((await send("PUT", `${probe}/transaction/commit`)).data).toEqual({
    transactional: await hasScans(use.server),
    seen: "a,b,c,d,inside",
  });
  expect((await send("GET", `${probe}/entry/inside`)).data).toEqual({ data: { how: "commit" } });
  expect(await send("PUT", `${probe}/transaction/abort`)).toMatchObject({
    status: 400,
    errors: ["aborted"],
  });
});

scenario(
  ["FRAMEWORK_STORAGE"],
  "a transaction that conflicts changes nothing",
  async ({ skip }) => {
    if (!(await hasScans(use.server))) return skip(NO_SCANS);
    const probe = await newProbe();
    await writeEntries(probe);
    expect((await send("PUT", `${probe}/transaction/commit`)).status).toBe(200);
    expect(await send("PUT", `${probe}/transaction/conflict`)).toMatchObject({
      status: 409,
      errors: [
        expect.stringContaining(
          "the host's storage failed: another write came first; nothing was changed",
        ),
      ],
    });
    expect((await send("GET", `${probe}/entry/inside`)).data).toEqual({ data: { how: "commit" } });
    expect((await send("GET", `${probe}/entry/contended`)).data).toEqual({
      data: { by: "another" },
    });
  },
);

scenario(
  ["FRAMEWORK_WAL"],
  "WAL entries are rolled back, once a minute and when the mount is removed",
  async () => {
    const probe = await newProbe();
    await send("PUT", `${probe}/operation/slow`);
    await expect.poll(() => logged("rolled back: what=slow").length, { interval: 500 }).toBe(1);
    expect(logged("periodic").length).toBeGreaterThan(0);
    await send("PUT", `${probe}/operation/last`);
    expect((await send("DELETE", `sys/mounts/${probe}`)).status).toBe(204);
    await expect.poll(() => logged("rolled back: what=last").length).toBe(1);
  },
);

scenario(
  ["FRAMEWORK_LIFE"],
  "mounts are initialized and cleaned up, secrets are renewed and revoked",
  async () => {
    const probe = await newProbe();
    expect(logged("initialized").length).toBeGreaterThan(0);
    const issued = await send("GET", `${probe}/pass/ann`);
    expect(issued).toMatchObject({ leaseDuration: 30, renewable: true, data: { pass: "ann" } });
    const renewed = await send("PUT", "sys/leases/renew", {
      lease_id: issued.leaseId,
      increment: 45,
    });
    expect(renewed).toMatchObject({ leaseDuration: 45, warnings: ["increment 45"] });
    expect((await send("DELETE", `sys/mounts/${probe}`)).status).toBe(204);
    await expect.poll(() => logged("revoked: ").length).toBe(1);
    expect(logged("revoked: ").join()).toMatch(/(?=.* is=3)(?=.* note=\[redacted\])/);
    await expect.poll(() => logged("cleaned up").length).toBeGreaterThan(0);
  },
);

scenario(
  ["FRAMEWORK_FAILURES"],
  "whatever a handler throws, other calls are unaffected",
  async () => {
    const [one, two] = [await newProbe(), await newProbe()];
    const processes = await use.server.pluginProcesses();
    const failures = [
      "rejects",
      "throws",
      "nothing",
      "text",
      "cyclic",
      "deep",
      "later",
      "answer",
      "permission",
    ];
    const statuses = await Promise.all(
      failures.map(async (how) => {
        const failed = send("GET", `${one}/fail/${how}`);
        const other = await send("PUT", `${two}/echo`, { text: how });
        expect(other.data).toEqual({ text: how });
        const { status, errors } = await failed;
        expect(errors.join()).not.toContain("hunter2");
        return [how, status];
      }),
    );
    expect(Object.fromEntries(statuses)).toEqual({
      rejects: 500,
      throws: 500,
      nothing: 500,
      text: 500,
      cyclic: 500,
      deep: 500,
      later: 400,
      answer: 500,
      permission: 403,
    });
    expect((await send("PUT", `${one}/echo`, { text: "still here" })).data).toEqual({
      text: "still here",
    });
    expect(await use.server.pluginProcesses()).toEqual(processes);
    await expect.poll(() => logged("uncaught error").length).toBe(1);
    await expect.poll(() => logged("unhandled rejection").length).toBe(1);
  },
);

scenario(
  ["FRAMEWORK_REDACTED"],
  "a secret of a sensitive field is stored and returned, and never printed",
  async () => {
    const probe = await newProbe();
    await send("PUT", `${probe}/secret`, { secret: "correct horse" });
    expect((await send("GET", `${probe}/secret`)).data).toEqual({ secret: "correct horse" });
    const failed = await send("DELETE", `${probe}/secret`);
    expect(failed.status).toBe(500);
    await expect.poll(() => logged("can't delete [redacted]").length).toBeGreaterThan(0);
    expect(logged("it is [redacted]")).toHaveLength(1);
    expect(use.server.logs.join("\n")).not.toContain("correct horse");
  },
);

scenario(
  ["FRAMEWORK_CANCEL"],
  "a handler's signal is aborted when its client disconnects",
  async () => {
    const probe = await newProbe();
    const client = new AbortController();
    const gone = expect(
      fetch(`${use.server.address}/v1/${probe}/slow`, {
        headers: { "x-vault-token": use.server.rootToken },
        signal: client.signal,
      }),
    ).rejects.toThrow();
    await expect.poll(() => logged("the client waits").length).toBe(1);
    client.abort();
    await gone;
    await expect.poll(() => logged("the client has gone").length).toBe(1);
  },
);

scenario(
  ["FRAMEWORK_SIZE"],
  "requests and responses of 16 MB work, or of 1 MB if that is the server's limit",
  async () => {
    const probe = await newProbe();
    const largest = 16 * 1024 * 1024;
    const isTaken = (await statusForString(use.server, largest)) === 200;
    const text = "x".repeat(isTaken ? largest : 1_000_000);
    const answer = await send("PUT", `${probe}/echo`, { text });
    expect(answer.status).toBe(200);
    expect(answer.data["text"] === text).toBe(true);
  },
);

scenario(["FRAMEWORK_AUTH"], "an auth method logs in, renews, and looks up aliases", async () => {
  await send("POST", "sys/auth/probe", { type: "probe-auth" });
  const login = (word: string) =>
    use.server.request("PUT", "auth/probe/login/ann", { word }, { token: undefined });
  expect((await login("please")).status).toBe(403);
  const { status, body } = await login("sesame");
  const { auth, warnings } = body as {
    auth: {
      client_token: string;
      lease_duration: number;
      metadata: unknown;
      token_policies: string[];
      entity_id: string;
    };
    warnings: string[];
  };
  expect(status).toBe(200);
  expect(warnings).toEqual(["mind the step"]);
  expect(auth).toMatchObject({
    lease_duration: 60,
    metadata: { user: "ann" },
    token_policies: ["default", "probe"],
  });

  const entity = await send("GET", `identity/entity/id/${auth.entity_id}`);
  expect(entity.data["aliases"]).toMatchObject([{ name: "ann", metadata: { from: "probe" } }]);

  const renewed = await use.server.request(
    "PUT",
    "auth/token/renew-self",
    {},
    { token: auth.client_token },
  );
  expect(renewed.body).toMatchObject({ auth: { lease_duration: 90, metadata: { user: "ann" } } });
  const self = await use.server.request("GET", "auth/token/lookup-self", undefined, {
    token: auth.client_token,
  });
  expect(self.body).toMatchObject({
    data: {
      display_name: "probe-ann",
      entity_id: auth.entity_id,
      bound_cidrs: ["127.0.0.0/8"],
      path: "auth/probe/login/ann",
    },
  });
  expect((await send("DELETE", "sys/auth/probe")).status).toBe(204);
  expect(
    (
      await use.server.request("GET", "auth/token/lookup-self", undefined, {
        token: auth.client_token,
      })
    ).status,
  ).toBe(403);
});
