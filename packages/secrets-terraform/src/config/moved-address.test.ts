import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const ORGANIZATION = "hashicorp-vault-testing";
const mount = useMount();

let other: Simulator;
beforeEach(async () => {
  other = await startSimulator();
});
afterEach(() => other.close());

const move = () =>
  mount.host.write("config", { address: other.address, token: other.credentials.token });
/** Another name of the same server. */
const rename = () =>
  mount.host.write("config", {
    address: mount.simulator.address.replace("127.0.0.1", "localhost"),
    token: mount.simulator.credentials.token,
  });
const storedToken = async () => String((await mount.host.read("creds/a"))?.["token"]);

test("a new address returns a warning about earlier tokens if there can be any", async () => {
  await mount.host.write("role/a", { user_id: "user-12345abcde" });
  expect((await move())?.warnings).toEqual([
    expect.stringContaining(
      `tokens created at ${mount.simulator.address} can no longer be revoked`,
    ),
  ]);
  expect(await move()).toBeUndefined();
});

test("a new address of a mount that has created no tokens returns no warning", async () => {
  expect(await move()).toBeUndefined();
});

describe("the lease of a token that was created at another address", () => {
  beforeEach(() =>
    mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 600, max_ttl: 600 }),
  );

  test("isn't revoked while the token is valid there", async () => {
    const lease = (await mount.host.request("read", "creds/a"))?.lease;
    await move();
    await expect(mount.host.revoke(lease)).rejects.toMatchObject({
      message: `deleting the token of a lease failed: 404 not found, and the token may still be valid, since it was created at ${mount.simulator.address}, and this mount uses ${other.address}; delete it with a token of its owner, then revoke the lease with -force`,
    });
    // Only Terraform Cloud's own clock says that the token has expired.
    mount.host.clock.set(mount.host.clock.now() + 606_000);
    await expect(mount.host.revoke(lease)).rejects.toMatchObject({ code: "bad_request" });
    other.world.clockOffsetMs = 606_000;
    await mount.host.revoke(lease);
  });

  test("isn't revoked while the mount has another user's token, which can't see it", async () => {
    const lease = (await mount.host.request("read", "creds/a"))?.lease;
    const theirs = mount.simulator.world.grant(
      { type: "users", id: "user-V3R563qtJNcExAkN" },
      { description: "theirs" },
    );
    await mount.host.write("config", { token: theirs.text });
    await expect(mount.host.revoke(lease)).rejects.toMatchObject({
      code: "bad_request",
      message:
        'deleting the token of a lease failed: 404 not found, and the token may still be valid, since it belongs to user "user-12345abcde", which the mount\'s token (of user "user-V3R563qtJNcExAkN") lacks permission to see; delete it with a token of its owner, then revoke the lease with -force',
    });
  });

  test("is revoked if it is another name of the same server", async () => {
    const lease = (await mount.host.request("read", "creds/a"))?.lease;
    await rename();
    await mount.host.revoke(lease);
    expect(mount.simulator.world.tokens).toHaveLength(1);
  });
});

describe("a stored token that was created at another address", () => {
  beforeEach(() => mount.host.write("role/a", { organization: ORGANIZATION }));

  test("is not returned: another is created at the current address", async () => {
    const before = await storedToken();
    await move();
    const token = await storedToken();
    expect(other.world.authenticate(token)?.owner.id).toBe(ORGANIZATION);
    expect(await storedToken()).toBe(token);
    expect(mount.isAlive(before)).toBe(true);
  });

  test("is returned if it is another name of the same server", async () => {
    const token = await storedToken();
    await rename();
    expect(await storedToken()).toBe(token);
    const asked = mount.simulator.requests.length;
    expect(await storedToken()).toBe(token);
    expect(mount.simulator.requests).toHaveLength(asked);
  });

  test("is not deleted at the current address with the last role", async () => {
    await move();
    const theirs = other.world.grant(
      { type: "organizations", id: ORGANIZATION },
      { description: null },
    );
    expect((await mount.host.request("delete", "role/a"))?.warnings).toEqual([
      `the token of organization "${ORGANIZATION}" remains valid at Terraform Cloud: it was created at ${mount.simulator.address}, and this mount uses ${other.address}`,
    ]);
    expect(other.world.authenticate(theirs.text)).toBeDefined();
  });
});

describe("an imported token of a role of HashiCorp's engine", () => {
  const carried = "carried.atlasv1.token";
  beforeEach(() => {
    mount.host.storage.putJson("role/a", { name: "a", organization: ORGANIZATION, token: carried });
  });
  /** It would have been refused, since nobody there knows it. */
  const isSent = () => other.requests.some(({ status }) => status === 401);

  test("is never sent to another address", async () => {
    await move();
    expect((await mount.host.request("delete", "role/a"))?.warnings).toEqual([
      `the token of organization "${ORGANIZATION}" remains valid at Terraform Cloud: it was created at ${mount.simulator.address}, and this mount uses ${other.address}`,
    ]);
    expect(isSent()).toBe(false);
  });

  test("is not sent to an address that is written after config was deleted", async () => {
    await mount.host.request("delete", "config");
    await move();
    expect(other.world.authenticate(await storedToken())?.owner.id).toBe(ORGANIZATION);
    expect(isSent()).toBe(false);
  });

  test.for([
    ["replaced", undefined],
    ["deleted, and written again", "delete"],
  ] as const)(
    "is not sent to another address after a config that can't be read was %s",
    async ([, operation]) => {
      const config = mount.host.storage.json("config") as object;
      mount.host.storage.putJson("config", { ...config, explicit_max_ttl: "broken" });
      await mount.host.restart();
      if (operation) await mount.host.request(operation, "config");
      await move();
      await storedToken();
      expect(isSent()).toBe(false);
    },
  );

  test("is not sent over another base path or authority of the same address", async () => {
    const { credentials, requests } = mount.simulator;
    const input = { token: credentials.token, verify_connection: false };
    await mount.host.write("config", { ...input, base_path: "/other/v2/" });
    const before = requests.length;
    await expect(mount.host.read("creds/a")).rejects.toThrow();
    // The mount's own token: whose it is wasn't verified.
    expect(requests.slice(before).filter(({ path }) => path.endsWith("details"))).toHaveLength(1);
    await mount.host.write("config", { ...input, base_path: "/api/v2/" });
    expect(mount.isAlive(await storedToken())).toBe(true);
  });

  test("is verified again when the mount returns to its address", async () => {
    const theirs = mount.simulator.world.grant(
      { type: "organizations", id: ORGANIZATION },
      { description: null },
    );
    mount.host.storage.putJson("role/b", {
      name: "b",
      organization: ORGANIZATION,
      token: theirs.text,
    });
    await move();
    const { address, credentials } = mount.simulator;
    await mount.host.write("config", { address, token: credentials.token });
    expect(await storedToken()).toBe(theirs.text);
  });
});

describe("a token that was created at another address and never stored", () => {
  const loseAnswers = () => {
    mount.simulator.fault = ({ method, path }) =>
      method === "POST" ? "cut after" : path.includes("page") ? "server error" : undefined;
  };

  test("is logged if it was leased", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    loseAnswers();
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    await move();
    await mount.host.advance(1200);
    expect(mount.host.logs.join()).toContain("failed: it was created at another address");
  });

  test("deletes no token at the new address if it was a stored token", async () => {
    loseAnswers();
    await expect(mount.host.write("role/a", { organization: ORGANIZATION })).rejects.toMatchObject({
      code: "upstream",
    });
    await move();
    const theirs = other.world.grant(
      { type: "organizations", id: ORGANIZATION },
      { description: null },
    );
    await mount.host.advance(180);
    expect(other.world.authenticate(theirs.text)).toBeDefined();
    await mount.host.advance(900);
    expect(mount.uncommitted()).toEqual([]);
  });
});
