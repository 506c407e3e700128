import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";

test("the mount follows its own token although storage fails right after a rollback replaced it", async () => {
  await mount.host.write("role/a", { organization });
  mount.simulator.fault = ({ method }) => (method === "POST" ? "cut before" : undefined);
  await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
  mount.simulator.fault = undefined;
  const own = mount.simulator.world.create(
    mount.simulator.world.grant(
      { type: "users", id: "user-12345abcde" },
      { description: "by hand" },
    ),
    { type: "organizations", id: organization },
    { description: null },
  );
  await mount.host.write("config", { token: own.text });
  let isStored = false;
  let failures = 0;
  mount.host.storage.onCall = ({ operation, key }) => {
    if (operation === "put" && key.startsWith("token/")) isStored = true;
    else if (isStored && key.startsWith("wal/") && failures === 0) {
      failures += 1;
      throw new Error("storage unavailable");
    }
  };
  await mount.host.advance(180);
  expect(failures).toBe(1);
  mount.host.storage.onCall = undefined;
  await mount.host.advance(1800);
  const { token } = mount.host.storage.json("config") as { readonly token: string };
  expect(mount.isAlive(token)).toBe(true);
  expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
});

describe("a token of the mount's own that is created, and not written to config", () => {
  const own = () =>
    mount.simulator.world.grant({ type: "organizations", id: organization }, { description: null });
  const config = () => mount.host.storage.json("config") as { readonly token: string };
  const stored = () =>
    mount.host.storage.json(`token/organization/${organization}`) as { readonly token: string };
  beforeEach(async () => {
    await mount.host.write("config", { token: own().text });
    mount.host.storage.putJson("role/a", { name: "a", organization });
    await mount.host.restart();
  });

  test.for(["rotate-root", "rotate-role/a"])(
    "by a repeated attempt of %s is used after the rollback",
    async (path) => {
      let creations = 0;
      mount.simulator.fault = ({ method }) => {
        if (method !== "POST") return undefined;
        creations += 1;
        return creations === 1 ? "cut before" : undefined;
      };
      let failures = 0;
      mount.host.storage.onCall = ({ operation, key }) => {
        if (operation !== "put" || key !== "config" || failures > 0) return;
        failures += 1;
        throw new Error("the disk is full");
      };
      await expect(mount.host.request("update", path)).rejects.toThrow("the disk is full");
      mount.host.storage.onCall = undefined;
      expect(mount.isAlive(stored().token)).toBe(true);
      await mount.host.advance(180);
      expect(mount.isAlive(config().token)).toBe(true);
      expect((await mount.host.request("read", "config"))?.warnings).toEqual([]);
    },
  );

  test("by a rollback that died is used after the next one", async () => {
    await mount.host.write("config", { token: mount.simulator.credentials.token });
    mount.loseAnswers(2);
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
    mount.simulator.fault = undefined;
    const { world } = mount.simulator;
    for (const token of world.tokens) if (token.owner.type === "organizations") world.delete(token);
    await mount.host.write("config", { token: own().text });
    let isDead = false;
    const death = new Promise<void>((resolve) => {
      mount.host.storage.onCall = ({ operation, key }) => {
        if (operation !== "put" || key !== "config") return undefined;
        isDead = true;
        resolve();
        return new Promise<never>(() => {});
      };
    });
    void mount.host.advance(120).catch(() => {});
    await Promise.race([death, sleep(5000)]);
    expect(isDead).toBe(true);
    mount.host.storage.onCall = undefined;
    await mount.host.restart();
    await mount.host.advance(300);
    expect(mount.isAlive(config().token)).toBe(true);
  });

  test("is reported as lost where a late attempt replaced it", async () => {
    let isFirst = true;
    mount.simulator.fault = ({ method }) => {
      if (method !== "POST" || !isFirst) return undefined;
      isFirst = false;
      return "cut before";
    };
    await mount.host.write("rotate-root");
    const { world } = mount.simulator;
    for (const token of world.tokens) if (token.owner.type === "organizations") world.delete(token);
    own();
    await mount.host.advance(180);
    expect((await mount.host.request("read", "config"))?.warnings).toEqual([
      expect.stringContaining("the token of this mount is no longer valid"),
    ]);
  });
});

describe("a mount that is configured with the organization's own token", () => {
  beforeEach(async () => {
    const own = mount.simulator.world.grant(
      { type: "organizations", id: organization },
      { description: null },
    );
    await mount.host.write("config", { token: own.text });
    await mount.host.write("role/a", { organization });
  });

  test("uses the new one when it is created and rotated", async () => {
    await mount.host.write("rotate-role/a");
    await mount.host.write("rotate-role/a");
    const { token, token_id } = (await mount.host.read("creds/a")) ?? {};
    expect(mount.isAlive(token)).toBe(true);
    expect(mount.host.storage.json("config")).toMatchObject({ token, token_id });
  });

  test("keeps the token that an operator writes while the old one is being rotated", async () => {
    const { token } = mount.simulator.credentials;
    let written: Promise<unknown> | undefined;
    mount.simulator.onRequest = ({ method }) => {
      if (method === "POST") written ??= mount.host.write("config", { token });
    };
    await mount.host.write("rotate-role/a");
    await written;
    expect(mount.host.storage.json("config")).toMatchObject({ token });
    expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
  });

  test("stays unconfigured if config was deleted while it was being written", async () => {
    let deleted: Promise<unknown> | undefined;
    mount.simulator.onRequest = () => {
      deleted ??= mount.host.request("delete", "config");
    };
    const { token } = mount.simulator.credentials;
    // With another connection than the one that it was written for, the token goes nowhere.
    await expect(mount.host.write("config", { token })).rejects.toMatchObject({ code: "conflict" });
    await deleted;
    expect(mount.host.storage.json("config")).toBeUndefined();
  });

  test("keeps it with a warning when the last role is deleted", async () => {
    const answer = await mount.host.request("delete", "role/a");
    expect(answer?.warnings).toEqual([
      `the token of organization "${organization}" remains valid at Terraform Cloud: it is the token in this mount's config`,
    ]);
    await mount.host.advance(180);
    await mount.host.write("role/a", { organization });
    expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
  });

  const remaining = (id: unknown) =>
    `the previous token of this mount, "${id}", remains valid: this mount created it and no longer uses it; delete it at Terraform Cloud`;

  test("warns that its previous token remains valid if no role refers to it", async () => {
    const { token_id: id } = mount.host.storage.json("config") as Readonly<Record<string, unknown>>;
    await mount.host.request("delete", "role/a");
    const answer = await mount.host.request("update", "config", {
      token: mount.simulator.credentials.token,
    });
    expect(answer?.warnings).toEqual([remaining(id)]);
  });

  test("warns that its token remains valid when the configuration is deleted", async () => {
    const { token_id: id } = mount.host.storage.json("config") as Readonly<Record<string, unknown>>;
    await mount.host.request("delete", "role/a");
    const answer = await mount.host.request("delete", "config");
    expect(answer?.warnings).toEqual([remaining(id)]);
  });

  test("gives no warning of a previous token that is deleted with its last role", async () => {
    const former = (await mount.host.read("creds/a"))?.["token"];
    expect(
      await mount.host.request("update", "config", { token: mount.simulator.credentials.token }),
    ).toBeUndefined();
    await mount.host.request("delete", "role/a");
    expect(mount.isAlive(former)).toBe(false);
  });
});

test("a token of the organization's own isn't stored while the mount replaces it", async () => {
  const { world, credentials } = mount.simulator;
  const { token, organization } = credentials;
  const own = world.grant({ type: "organizations", id: organization }, { description: null });
  await mount.host.write("config", { token });
  let written: Promise<unknown> | undefined;
  mount.simulator.onRequest = async ({ method, moment }) => {
    if (method !== "POST" || moment !== "received") return;
    written = expect(mount.host.write("config", { token: own.text })).rejects.toMatchObject({
      code: "bad_request",
    });
    await sleep(50);
  };
  await mount.host.write("role/a", { organization });
  await written;
  expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
  expect(mount.host.storage.json("config")).toMatchObject({ token });
});
