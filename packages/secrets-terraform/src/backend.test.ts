import { beforeEach, describe, expect, test } from "vitest";
import { useMount } from "./testing-fixtures/use-mount.ts";

const mount = useMount();

describe("what is stored", () => {
  test("is laid out as in HashiCorp's engine, with durations in nanoseconds", async () => {
    await mount.host.write("config", { explicit_max_ttl: "1h" });
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 60, max_ttl: "1h" });
    expect(mount.host.storage.json("config")).toMatchObject({
      address: mount.simulator.address,
      base_path: "/api/v2/",
      token: mount.simulator.credentials.token,
      explicit_max_ttl: 3_600_000_000_000,
      token_owner_type: "user",
      owner_id: "user-12345abcde",
    });
    expect(mount.host.storage.json("role/a")).toMatchObject({
      name: "a",
      user_id: "user-12345abcde",
      ttl: 60_000_000_000,
      max_ttl: 3_600_000_000_000,
    });
  });

  test("by HashiCorp's engine is read", async () => {
    mount.host.storage.putJson("config", {
      token: mount.simulator.credentials.token,
      address: mount.simulator.address,
      base_path: "/api/v2/",
    });
    mount.host.storage.putJson("role/old", {
      name: "old",
      user_id: "user-12345abcde",
      ttl: 60_000_000_000,
      max_ttl: 0,
    });
    mount.host.invalidate("config");
    expect(await mount.host.read("role/old")).toMatchObject({
      ttl: 60,
      effective_credential_type: "user",
    });
    expect((await mount.host.request("read", "creds/old"))?.lease).toMatchObject({ ttl: 60 });
  });

  test("on another node is seen once this node is notified", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 60 });
    expect(await mount.host.read("role/a")).toMatchObject({ ttl: 60 });
    mount.host.storage.putJson("role/a", {
      name: "a",
      user_id: "user-12345abcde",
      ttl: 90_000_000_000,
    });
    expect(await mount.host.read("role/a")).toMatchObject({ ttl: 60 });
    mount.host.invalidate("role/a");
    expect(await mount.host.read("role/a")).toMatchObject({ ttl: 90 });
  });

  test("and can't be read is reported, without its contents", async () => {
    mount.host.storage.putJson("role/broken", { name: "broken", ttl: "hunter2" });
    await expect(mount.host.read("role/broken")).rejects.toMatchObject({
      code: "corrupt_entry",
      message: `the stored entry "role/broken" can't be read: ttl isn't valid`,
    });
  });

  test("keeps tokens where the seal wraps them", async () => {
    await mount.host.write("role/o", { organization: mount.simulator.credentials.organization });
    expect(mount.host.storage.keys()).toContain("token/organization/hashicorp-vault-testing");
    expect(mount.host.backend.specialPaths?.sealWrapStorage).toEqual(["config", "role/", "token/"]);
  });
});

describe("on a standby", () => {
  beforeEach(async () => {
    await mount.host.write("role/user", { user_id: "user-12345abcde" });
    await mount.host.write("role/stored", {
      organization: mount.simulator.credentials.organization,
    });
    await mount.host.write("role/metrics", {
      organization: mount.simulator.credentials.organization,
      credential_type: "metrics",
    });
    mount.host.system.standby = true;
  });

  test("a new token is refused before Terraform Cloud is called", async () => {
    const before = mount.simulator.requests.length;
    await expect(mount.host.read("creds/user")).rejects.toMatchObject({ code: "read_only" });
    // Its creation would ask for the token TTL policy first.
    await expect(mount.host.read("creds/metrics")).rejects.toMatchObject({ code: "read_only" });
    await expect(mount.host.write("rotate-role/stored")).rejects.toMatchObject({
      code: "read_only",
    });
    await expect(mount.host.write("config", { token: "new" })).rejects.toMatchObject({
      code: "read_only",
    });
    expect(mount.simulator.requests.length).toBe(before);
  });

  test("a stored token, roles and the configuration are served", async () => {
    expect(mount.isAlive((await mount.host.read("creds/stored"))?.["token"])).toBe(true);
    expect(await mount.host.read("role/user")).toMatchObject({ name: "user" });
    expect(await mount.host.read("config")).toMatchObject({ owner_id: "user-12345abcde" });
    await mount.host.storage.delete("token/organization/hashicorp-vault-testing");
    mount.host.invalidate("token/organization/hashicorp-vault-testing");
    await expect(mount.host.read("creds/stored")).rejects.toMatchObject({ code: "read_only" });
  });
});

describe("a lease", () => {
  test("is never longer than its token", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 60, max_ttl: 120 });
    const before = Date.now();
    const issued = await mount.host.request("read", "creds/a");
    const expiredAt = Date.parse(String(issued?.lease?.internal["expired_at"]));
    expect((expiredAt - before) / 1000).toBeGreaterThan(120);
    expect((expiredAt - Date.now()) / 1000).toBeLessThan(125.1);
    await mount.host.write("role/a", { max_ttl: 0 });
    const renewed = await mount.host.renew(issued?.lease);
    expect(renewed?.lease?.maxTtl).toBeLessThanOrEqual(125);
  });

  test("past its expiry is revoked although the mount's token is lost", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 60, max_ttl: 60 });
    const past = await mount.host.request("read", "creds/a");
    mount.simulator.world.clockOffsetMs += 3600_000;
    mount.host.clock.set(mount.host.clock.now() + 3600_000);
    const fresh = await mount.host.request("read", "creds/a");
    const config = mount.host.storage.json("config") as object;
    mount.host.storage.putJson("config", { ...config, is_lost: true });
    mount.host.invalidate("config");
    await mount.host.revoke(past?.lease);
    await expect(mount.host.revoke(fresh?.lease)).rejects.toThrow("is no longer valid");
  });

  test("whose token was deleted is revoked, and one whose token the mount can't see is not", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    const [one, two] = [
      await mount.host.request("read", "creds/a"),
      await mount.host.request("read", "creds/a"),
    ];
    const token = mount.simulator.world.tokens.find(({ text }) => text === one?.data?.["token"]);
    if (token) mount.simulator.world.delete(token);
    await mount.host.revoke(one?.lease);

    await mount.host.write("config", { token: "without-rights", verify_connection: false });
    await expect(mount.host.revoke(two?.lease)).rejects.toMatchObject({ code: "bad_request" });
    expect(mount.isAlive(two?.data?.["token"])).toBe(true);
  });

  test("is revoked without a call after its token's expiry", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    const issued = await mount.host.request("read", "creds/a");
    const before = mount.simulator.requests.length;
    const lease = issued?.lease && {
      ...issued.lease,
      internal: { ...issued.lease.internal, expired_at: "2020-01-01T00:00:00.000Z" },
    };
    await mount.host.revoke(lease);
    expect(mount.simulator.requests.length).toBe(before);
  });

  test("of HashiCorp's engine, which stores no expiry, is renewed and revoked", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 60 });
    const issued = await mount.host.request("read", "creds/a");
    const { token_id } = issued?.data ?? {};
    const lease = mount.host.addLease("creds/a", {
      ttl: 60,
      maxTtl: 0,
      renewable: true,
      internal: { secret_type: "terraform_token", token_id, role: "a" },
    });
    expect((await mount.host.renew(lease))?.lease).toMatchObject({ ttl: 60 });
    await mount.host.revoke(lease);
    expect(mount.isAlive(issued?.data?.["token"])).toBe(false);
  });
});

describe("an imported token of a role of HashiCorp's engine", () => {
  test("is lost with a warning if its role goes while the mount has no token", async () => {
    const { organization } = mount.simulator.credentials;
    for (const name of ["a", "b"])
      mount.host.storage.putJson(`role/${name}`, { name, organization, token: `token-${name}` });
    mount.host.invalidate("role/a");
    mount.host.invalidate("role/b");
    await mount.host.request("delete", "config");
    expect((await mount.host.request("delete", "role/a"))?.warnings).toEqual([
      `the imported token of role "a" is no longer stored; it may be the current one of organization "${organization}": this mount has no token to verify it with`,
    ]);
  });

  const organization = "hashicorp-vault-testing";
  const owner = { type: "organizations", id: organization } as const;
  const carry = (name: string, token: string) =>
    mount.host.storage.putJson(`role/${name}`, {
      name,
      organization,
      ttl: 0,
      max_ttl: 0,
      credential_type: "organization",
      token,
      token_id: "at-ofaTokenBefore",
    });
  const made = () => mount.simulator.requests.filter(({ method }) => method === "POST");

  test("is returned, with its own id, and none is created", async () => {
    const { id, text } = mount.simulator.world.grant(owner, { description: null });
    carry("b-dead", "dead.atlasv1.token");
    carry("c-alive", text);
    for (const name of ["b-dead", "c-alive"]) {
      expect(await mount.host.read(`creds/${name}`)).toMatchObject({
        token: text,
        token_id: id,
        role: name,
      });
    }
    await mount.host.write("role/c-alive", { ttl: 60 });
    expect(await mount.host.read("creds/b-dead")).toMatchObject({ token: text });
    expect(made()).toEqual([]);
  });

  test("stays when one of several roles is deleted", async () => {
    const { text } = mount.simulator.world.grant(owner, { description: null });
    carry("a-dead", "dead.atlasv1.token");
    carry("b-alive", text);
    await mount.host.request("delete", "role/b-alive");
    expect(await mount.host.read("creds/a-dead")).toMatchObject({ token: text });
    await mount.host.request("delete", "role/a-dead");
    expect(mount.isAlive(text)).toBe(false);
  });

  test("is revoked with its last role", async () => {
    const { text } = mount.simulator.world.grant(owner, { description: null });
    carry("a", text);
    await mount.host.request("delete", "role/a");
    expect(mount.isAlive(text)).toBe(false);
  });

  test("of a team takes precedence over that of the organization", async () => {
    const team_id = mount.simulator.credentials.teamId;
    const { text } = mount.simulator.world.grant(
      { type: "teams", id: team_id },
      { description: null },
    );
    mount.host.storage.putJson("role/both", {
      name: "both",
      organization,
      team_id,
      credential_type: "organization",
      token: text,
    });
    expect(await mount.host.read("creds/both")).toMatchObject({
      token: text,
      team_id,
      organization,
    });
  });

  test("is replaced if it is invalid, and not if that can't be checked", async () => {
    carry("a", "dead.atlasv1.token");
    expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
    expect(made()).toHaveLength(1);

    mount.host.storage.putJson("role/t", {
      name: "t",
      team_id: "team-1",
      token: "perhaps.atlasv1.alive",
    });
    await mount.simulator.close();
    await expect(mount.host.read("creds/t")).rejects.toMatchObject({ code: "upstream" });
    expect(mount.host.storage.keys()).not.toContain("token/team/team-1");
  });

  test("is reported as still valid when the mount has no token to delete it with", async () => {
    carry("a", "perhaps.atlasv1.alive");
    await mount.host.request("delete", "config");
    expect((await mount.host.request("delete", "role/a"))?.warnings).toHaveLength(1);
  });
});

describe("the last role of an owner", () => {
  const { organization } = { organization: "hashicorp-vault-testing" };
  beforeEach(() => mount.host.write("role/a", { organization }));

  test("stays, with its token, while Terraform Cloud can't be reached", async () => {
    await mount.simulator.close();
    await expect(mount.host.request("delete", "role/a")).rejects.toMatchObject({
      code: "upstream",
    });
    await expect(
      mount.host.write("role/a", { organization: "", user_id: "user-1" }),
    ).rejects.toMatchObject({
      code: "upstream",
    });
    expect(await mount.host.read("role/a")).toMatchObject({ organization });
    expect(mount.host.storage.keys()).toContain(`token/organization/${organization}`);
  });

  test("is deleted with a warning when the mount has no token to delete the owner's token with", async () => {
    await mount.host.request("delete", "config");
    const answer = await mount.host.request("delete", "role/a");
    expect(answer?.warnings).toEqual([
      `the token of organization "${organization}" remains valid at Terraform Cloud: this mount has no token to delete it with`,
    ]);
    expect(mount.host.storage.keys()).toEqual([]);
  });
});

test("a client that disconnects leaves no token behind", async () => {
  await mount.host.write("role/a", { user_id: "user-12345abcde" });
  const before = mount.simulator.world.tokens.length;
  const creds = mount.host.backend.paths.find((path) => path.match("creds/a"));
  const signal = AbortSignal.abort();
  const context = { params: { name: "a" }, input: {}, signal, request: {} as never };
  await expect(creds?.handlers.read?.(context)).rejects.toMatchObject({ code: "canceled" });
  expect(mount.simulator.world.tokens.length).toBe(before);
});

test("concurrent first writes create one token", async () => {
  const { organization } = mount.simulator.credentials;
  await Promise.all(
    ["a", "b", "c"].map((name) => mount.host.write(`role/${name}`, { organization })),
  );
  const made = mount.simulator.requests.filter(
    ({ method, path }) => method === "POST" && path.includes(organization),
  );
  expect(made).toHaveLength(1);
});

test.for([
  { name: "rotated", change: () => mount.host.write("rotate-role/a"), method: "POST" },
  { name: "ended", change: () => mount.host.request("delete", "role/a"), method: "DELETE" },
])(
  "a stored token that is being $name isn't returned once it is invalid",
  async ({ change, method }) => {
    await mount.host.write("role/a", { organization: mount.simulator.credentials.organization });
    let read: Promise<unknown> | undefined;
    mount.simulator.onRequest = (event) => {
      if (event.method !== method || event.moment !== "acted") return;
      // Terraform Cloud has done it, and has yet to say so.
      read = mount.host.read("creds/a").catch(({ code }: { code: string }) => code);
    };
    await change();
    const answer = await read;
    const { token } = (typeof answer === "object" ? answer : {}) as { token?: unknown };
    expect(method === "POST" ? mount.isAlive(token) : answer).toBe(
      method === "POST" ? true : "bad_request",
    );
  },
);

test("a role of an owner that Terraform Cloud doesn't know is not stored", async () => {
  await expect(mount.host.write("role/a", { organization: "unknown" })).rejects.toMatchObject({
    code: "bad_request",
    message:
      "creating a token for organization \"unknown\" failed: 404 not found; the organization doesn't exist, or the mount's token lacks permission to manage its token",
  });
  expect(mount.host.storage.keys()).toEqual(["config"]);
});

test("no log line and no error contains a token", async () => {
  await mount.host.write("role/o", { organization: mount.simulator.credentials.organization });
  const stored = (await mount.host.read("creds/o"))?.["token"];
  await mount.simulator.close();
  const refusals = await Promise.all(
    [
      mount.host.write("rotate-role/o"),
      mount.host.write("config", { token: mount.simulator.credentials.token }),
    ].map((refused) =>
      refused.then(
        () => "",
        (error: Error) => `${error.message} ${error.stack} ${JSON.stringify(error.cause)}`,
      ),
    ),
  );
  const text = [...mount.host.logs, ...refusals].join("\n");
  expect(refusals.every((refusal) => refusal !== "")).toBe(true);
  expect(text).not.toContain(String(stored));
  expect(text).not.toContain(mount.simulator.credentials.token);
});
