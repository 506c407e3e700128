import { describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();

const user_id = "user-12345abcde";
const organization = "hashicorp-vault-testing";

describe("creds with a ttl", () => {
  test.for(["read", "update"])("have a lease of that length: %s", async (operation) => {
    await mount.host.write("role/a", { user_id, ttl: 60, max_ttl: 600 });
    const longer = await mount.host.request(operation, "creds/a", { ttl: "5m" });
    expect(longer?.lease).toMatchObject({ ttl: 300, maxTtl: 600 });
    const shorter = await mount.host.request(operation, "creds/a", { ttl: 30 });
    expect(shorter?.lease).toMatchObject({ ttl: 30, maxTtl: 600 });
    expect([...(longer?.warnings ?? []), ...(shorter?.warnings ?? [])]).toEqual([]);
  });

  test("of 0 have the role's", async () => {
    await mount.host.write("role/a", { user_id, ttl: 60 });
    expect((await mount.host.request("read", "creds/a", { ttl: 0 }))?.lease).toMatchObject({
      ttl: 60,
    });
    await mount.host.write("role/o", { organization });
    expect((await mount.host.request("read", "creds/o", { ttl: 0 }))?.data).toHaveProperty("token");
  });

  test.for([
    ["the role's max_ttl", { max_ttl: 600 }, 7200],
    ["explicit_max_ttl of config", {}, 600],
    ["the mount's maximum", {}, 7200],
  ] as const)("are capped by %s, with a warning", async ([limit, role, explicit_max_ttl]) => {
    mount.host.system.maxLeaseTtl = limit.startsWith("the mount") ? 600 : 7200;
    await mount.host.write("config", { explicit_max_ttl });
    await mount.host.write("role/a", { user_id, ttl: 60, ...role });
    const issued = await mount.host.request("read", "creds/a", { ttl: 3600 });
    expect(issued?.lease).toMatchObject({ ttl: 600, maxTtl: 600 });
    expect(issued?.warnings).toEqual([`ttl 3600s exceeds ${limit}; capped at 600s`]);
  });

  test("are renewed for the same ttl, within the role's current limits", async () => {
    await mount.host.write("role/a", { user_id, ttl: 60, max_ttl: 600 });
    const issued = await mount.host.request("read", "creds/a", { ttl: 300 });
    expect((await mount.host.renew(issued?.lease))?.lease).toMatchObject({ ttl: 300 });
    await mount.host.write("role/a", { max_ttl: 120 });
    expect((await mount.host.renew(issued?.lease))?.lease?.ttl).toBeLessThanOrEqual(120);
  });

  test.for([
    ["organization", { organization }],
    ["team_legacy", { team_id: "team-TUfzPAhqQ7xbfVwR" }],
    ["audit_trails", { organization, credential_type: "audit_trails" }],
  ] as const)("are refused where there is no lease: %s", async ([type, role]) => {
    await mount.host.write("role/a", role);
    await expect(mount.host.request("read", "creds/a", { ttl: 60 })).rejects.toMatchObject({
      code: "bad_request",
      message: `role "a" is of type ${type}, whose stored token has no lease: leave out ttl`,
    });
  });

  test.for([-1, "soon"])("are refused: ttl=%s", async (ttl) => {
    await mount.host.write("role/a", { user_id });
    await expect(mount.host.request("read", "creds/a", { ttl })).rejects.toMatchObject({
      code: "bad_request",
      message: expect.stringContaining('field "ttl" must be a duration'),
    });
  });
});
