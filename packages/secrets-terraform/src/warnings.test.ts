import { describe, expect, test } from "vitest";
import { useMount } from "./testing-fixtures/use-mount.ts";

const mount = useMount();

describe("a warning is returned", () => {
  const organization = "hashicorp-vault-testing";
  const DAY_MS = 24 * 3600 * 1000;

  test("for a ttl that the mount's maximum caps, with the role's write and with each lease", async () => {
    mount.host.system.maxLeaseTtl = 600;
    const cut = ["the role's ttl 3600s exceeds the mount's maximum; leases are capped at 600s"];
    const user_id = "user-12345abcde";
    expect((await mount.host.write("role/a", { user_id, ttl: 3600 }))?.warnings).toEqual(cut);
    const issued = await mount.host.request("read", "creds/a");
    expect(issued?.warnings).toEqual(cut);
    expect(issued?.lease?.ttl).toBe(600);
  });

  test("for a max_ttl that config caps", async () => {
    await mount.host.write("config", { explicit_max_ttl: 300 });
    const user_id = "user-12345abcde";
    expect(
      (await mount.host.write("role/a", { user_id, ttl: 60, max_ttl: 3600 }))?.warnings,
    ).toEqual([
      "the role's max_ttl 3600s exceeds explicit_max_ttl of config; leases are capped at 300s",
    ]);
    expect(await mount.host.write("role/b", { user_id, ttl: 60, max_ttl: 300 })).toBeUndefined();
  });

  test("for an existing token that the first role of an organization replaced", async () => {
    const { id, text } = mount.simulator.world.grant(
      { type: "organizations", id: organization },
      { description: null },
    );
    expect((await mount.host.write("role/a", { organization }))?.warnings).toEqual([
      `replaced existing token "${id}" of organization "${organization}"; its users must switch to the new one`,
    ]);
    expect(mount.isAlive(text)).toBe(false);
    expect(await mount.host.write("role/b", { organization })).toBeUndefined();
  });

  test("for the mount's own token, which the first role of its organization replaced", async () => {
    const { id, text } = mount.simulator.world.grant(
      { type: "organizations", id: organization },
      { description: null },
    );
    await mount.host.write("config", { token: text });
    expect((await mount.host.write("role/a", { organization }))?.warnings).toEqual([
      `replaced existing token "${id}" of organization "${organization}", which was this mount's own; the mount uses the new one, and its other users must switch to it`,
    ]);
  });

  test("for lease settings of a role without leases", async () => {
    expect((await mount.host.write("role/a", { organization, ttl: 60 }))?.warnings).toEqual([
      "ttl and max_ttl have no effect: the role returns a stored token, which has no lease",
    ]);
    expect(await mount.host.write("role/a", { ttl: 0 })).toBeUndefined();
  });

  test("for a base path that is pending at the same address", async () => {
    const { address } = mount.simulator;
    expect((await mount.host.write("config", { base_path: "/gateway/" }))?.warnings).toEqual([
      `the connection to ${address} with another base_path or ca_cert is pending: it takes effect when the same client writes a token within 10 minutes; until then the previous one stays in use`,
    ]);
  });

  test("for leases that can't be revoked once config is deleted", async () => {
    expect(await mount.host.request("delete", "config")).toBeUndefined();
    const { address, credentials } = mount.simulator;
    await mount.host.write("config", { address, token: credentials.token });
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    await mount.host.read("creds/a");
    expect((await mount.host.request("delete", "config"))?.warnings).toEqual([
      "the leases of this mount can't be revoked without a token: write one to config before the mount is disabled",
    ]);
  });

  test("for a configured token that expires soon", async () => {
    const soon = new Date(mount.host.clock.now() + 29 * DAY_MS);
    const own = mount.simulator.world.grant(
      { type: "users", id: "user-12345abcde" },
      { description: "soon", expiredAt: soon },
    );
    const told = [
      `the token of this mount expires at ${soon.toISOString()}: write another token to config`,
    ];
    expect((await mount.host.write("config", { token: own.text }))?.warnings).toEqual(told);
    expect((await mount.host.request("read", "config"))?.warnings).toEqual(told);
  });

  test("for a stored token that expires soon", async () => {
    await mount.host.write("role/a", { organization });
    expect((await mount.host.request("read", "creds/a"))?.warnings).toEqual([]);
    mount.host.clock.set(mount.host.clock.now() + 720 * DAY_MS);
    expect((await mount.host.request("read", "creds/a"))?.warnings).toEqual([
      expect.stringMatching(/^this token expires at .*: write to rotate-role\/a$/),
    ]);
  });
});

test.for(["read creds/a", "read creds/b", "update rotate-role/b", "update rotate-root"])(
  "%s says what to do about a token of the mount that was deleted at Terraform Cloud",
  async (request) => {
    const [operation = "", path = ""] = request.split(" ");
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    // One that has no stored token yet.
    mount.host.storage.putJson("role/b", { name: "b", organization: "hashicorp-vault-testing" });
    const { world, credentials } = mount.simulator;
    const own = world.authenticate(credentials.token);
    if (own) world.delete(own);
    await expect(mount.host.request(operation, path)).rejects.toMatchObject({
      code: "bad_request",
      message: expect.stringMatching(
        /401 unauthorized; Terraform Cloud rejects the mount's token: write another token to config$/,
      ),
    });
  },
);

test.for(["update rotate-role/a", "delete role/a", "update role/b", "revoke"])(
  "%s during a rotation of the mount's token doesn't say to write another one",
  async (request) => {
    const [operation = "", path = ""] = request.split(" ");
    await mount.host.write("role/c", { user_id: "user-12345abcde" });
    const { lease } = (await mount.host.request("read", "creds/c")) ?? {};
    await mount.host.write("role/a", { organization: "hashicorp-vault-testing" });
    let rotation: Promise<unknown> | undefined;
    mount.simulator.onRequest = async ({ moment }) => {
      if (moment !== "received" || rotation) return;
      rotation = mount.host.write("rotate-root");
      await rotation;
    };
    const data = path === "role/b" ? { team_id: "team-TUfzPAhqQ7xbfVwR" } : {};
    const work =
      operation === "revoke" ? mount.host.revoke(lease) : mount.host.request(operation, path, data);
    const message = await work.then(
      () => "done",
      (error: Error) => error.message,
    );
    expect(message).toMatch(/401 unauthorized$/);
    expect(await mount.host.read("config")).toHaveProperty("last_vault_rotation");
  },
);
