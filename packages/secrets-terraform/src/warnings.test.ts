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
