import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { ROOT_KINDS } from "../testing-fixtures/root-tokens.ts";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const DAY = 24 * 3600;
const config = () => mount.host.storage.json("config") as Record<string, string>;
const rotate = () => mount.host.write("rotate-root");
const warnings = async () => (await mount.host.request("read", "config"))?.warnings;
const [user, , legacyTeam, ownOrganization, sharedOrganization] = ROOT_KINDS;
const uncommitted = () => mount.host.storage.keys().filter((key) => key.startsWith("wal/"));
const now = () => new Date(mount.host.clock.now()).toISOString();
/** The responses to creations of named tokens get lost, and these can't be listed either. */
const loseCreations = () => {
  mount.simulator.fault = ({ method, path }) => {
    if (!/\/authentication-tokens(?:\?|$)/.test(path)) return undefined;
    return method === "POST" ? "cut after" : "server error";
  };
};

describe.for(ROOT_KINDS.map((kind) => [kind.name, kind] as const))(
  "rotate-root of a token of a %s",
  ([, kind]) => {
    test("leaves one token, which the mount uses", async () => {
      const old = kind.grant(mount.simulator);
      await mount.host.write("config", { token: old.text });
      await mount.host.write("role/a", kind.role);
      const answer = await rotate();
      const { token, token_id } = config();
      expect(answer).toMatchObject({
        data: { ...kind.owner, token_id, last_vault_rotation: now() },
        warnings: [],
      });
      expect(JSON.stringify(answer)).not.toContain(token);
      const [left, ...more] = kind.tokensOf(mount.simulator);
      expect(more).toEqual([]);
      expect(left).toMatchObject({ id: token_id, text: token });
      expect(left?.description === null).toBe(kind.isSingle);
      expect(token).not.toBe(old.text);
      expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
      expect(await mount.host.read("config")).toMatchObject({
        token_id,
        last_vault_rotation: now(),
      });
      expect(uncommitted()).toEqual([]);
      for (const secret of [old.text, token ?? ""])
        expect(mount.host.logs.join()).not.toContain(secret);
    });

    test("gives it explicit_max_ttl, or two years", async () => {
      await mount.host.write("config", {
        token: kind.grant(mount.simulator).text,
        explicit_max_ttl: "30d",
      });
      const lifetime = () => {
        const [token] = kind.tokensOf(mount.simulator);
        return Math.round(
          ((token?.expiredAt?.getTime() ?? 0) - mount.host.clock.now()) / (DAY * 1000),
        );
      };
      await rotate();
      expect(lifetime()).toBe(30);
      await mount.host.write("config", { explicit_max_ttl: 0 });
      await rotate();
      expect(lifetime()).toBe(730);
    });

    test("runs on config's schedule", async () => {
      await mount.host.write("config", {
        token: kind.grant(mount.simulator).text,
        rotation_period: "1h",
      });
      expect(await mount.host.read("config")).toMatchObject({
        rotation_period: 3600,
        next_vault_rotation: new Date(mount.host.clock.now() + 3_600_000).toISOString(),
      });
      const { token_id } = config();
      await mount.host.advance(3600);
      expect(config()["token_id"]).not.toBe(token_id);
      expect(await mount.host.read("config")).toMatchObject({ last_vault_rotation: now() });
      expect(kind.tokensOf(mount.simulator).map(({ id }) => id)).toEqual([config()["token_id"]]);
    });
  },
);

test("an organization's token that a role stores stays one and the same", async () => {
  await mount.host.write("config", { token: ownOrganization.grant(mount.simulator).text });
  await mount.host.write("role/a", { organization });
  await rotate();
  expect(await mount.host.read("creds/a")).toMatchObject({ token: config()["token"] });
  await mount.host.write("rotate-role/a");
  expect(await mount.host.read("creds/a")).toMatchObject({ token: config()["token"] });
});

test("an organization's token that no role stores is stored in config alone", async () => {
  await mount.host.write("config", { token: ownOrganization.grant(mount.simulator).text });
  await rotate();
  expect(mount.host.storage.keys()).toEqual(["config"]);
});

test("concurrent requests share one rotation", async () => {
  await Promise.all(Array.from({ length: 8 }, rotate));
  expect(mount.simulator.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
});

test("disable_automated_rotation stops the schedule without clearing it", async () => {
  await mount.host.write("config", { rotation_period: "1h", disable_automated_rotation: true });
  const { token_id } = config();
  await mount.host.advance(2 * 3600);
  expect(config()["token_id"]).toBe(token_id);
  const shown = await mount.host.read("config");
  expect(shown).toMatchObject({ rotation_period: 3600, disable_automated_rotation: true });
  expect(shown).not.toHaveProperty("next_vault_rotation");
  await mount.host.write("config", { disable_automated_rotation: false });
  await mount.host.rollback();
  expect(config()["token_id"]).not.toBe(token_id);
});

test.for([
  ["2020-01-01T00:00:00.123456789Z", "2020-01-01T01:00:00.123Z"],
  ["0001-01-01T00:00:00Z", undefined],
] as const)(
  "a schedule that HashiCorp's engine has stored with %s is followed from then on",
  async ([last, next]) => {
    mount.host.storage.putJson("config", {
      token: mount.simulator.credentials.token,
      address: mount.simulator.address,
      base_path: "/api/v2/",
      rotation_period: 3_600_000_000_000,
      rotation_window: 0,
      rotation_schedule: "",
      disable_automated_rotation: false,
      last_vault_rotation: last,
    });
    mount.host.invalidate("config");
    expect((await mount.host.read("config"))?.["next_vault_rotation"]).toBe(next);
    expect((await mount.host.read("config"))?.["rotation_period"]).toBe(3600);
  },
);

describe("a creds read during a rotation", () => {
  test.for(ROOT_KINDS.map((kind) => [kind.name, kind] as const))(
    "of a token of a %s succeeds",
    async ([, kind]) => {
      await mount.host.write("config", { token: kind.grant(mount.simulator).text });
      await mount.host.write("role/a", kind.role);
      const reads: Promise<unknown>[] = [];
      mount.simulator.onRequest = async ({ method, moment }) => {
        if (reads.length > 40 || (method === "POST" && moment === "received")) return;
        reads.push(mount.host.request("read", "creds/a").then((answer) => answer?.data?.["token"]));
        await new Promise((resolve) => setTimeout(resolve, 5));
      };
      await rotate();
      mount.simulator.onRequest = undefined;
      expect(reads.length).toBeGreaterThan(5);
      const outcomes = await Promise.allSettled(reads);
      expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([]);
      expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
    },
  );
});

describe("a new token that fails verification", () => {
  /** The first question of whose it is, after a creation, gets no answer. */
  const failVerification = () => {
    let isCreated = false;
    mount.simulator.fault = ({ method, path }) => {
      if (method === "POST") isCreated = true;
      return isCreated && path.endsWith("account/details") ? "redirect" : undefined;
    };
  };

  test("of a user is deleted, and the previous one stays in use", async () => {
    const { token } = config();
    failVerification();
    await expect(rotate()).rejects.toMatchObject({
      code: "upstream",
      message: expect.stringMatching(
        /^verifying the new token of user "user-12345abcde" failed: .*; it was deleted, and the previous one stays in use$/,
      ),
    });
    expect(config()).toMatchObject({ token });
    expect(mount.isAlive(token)).toBe(true);
    expect(user.tokensOf(mount.simulator)).toEqual([]);
    expect(uncommitted()).toEqual([]);
  });

  test("of a user that the policy rejects names the setting", async () => {
    const { token } = config();
    mount.simulator.world.ttlPolicy = { users: 1000 * DAY * 1000 };
    await mount.host.write("config", { explicit_max_ttl: "1001d" });
    await expect(rotate()).rejects.toMatchObject({
      code: "bad_request",
      message: expect.stringContaining(
        "the organization's token TTL policy rejects its lifetime: lower explicit_max_ttl",
      ),
    });
    expect(config()).toMatchObject({ token });
  });

  test("of an organization is in use, with a warning", async () => {
    await mount.host.write("config", { token: ownOrganization.grant(mount.simulator).text });
    failVerification();
    expect((await rotate())?.warnings).toEqual([
      expect.stringMatching(
        /^verifying the new token of organization ".*" failed: .*; it is in use, since creating it deleted the previous one$/,
      ),
    ]);
    mount.simulator.fault = undefined;
    expect(ownOrganization.tokensOf(mount.simulator).map(({ text }) => text)).toEqual([
      config()["token"],
    ]);
  });
});

describe("a failed deletion of the previous token", () => {
  test("is reported, and retried until it succeeds", async () => {
    const old = config();
    mount.simulator.fault = ({ method }) => (method === "DELETE" ? "redirect" : undefined);
    expect((await rotate())?.warnings).toEqual([
      expect.stringMatching(
        new RegExp(
          `^deleting token "${old["token_id"]}" failed: .*; it is the previous token, and its deletion is retried automatically$`,
        ),
      ),
    ]);
    await mount.host.advance(600);
    expect(mount.isAlive(old["token"])).toBe(true);
    mount.simulator.fault = undefined;
    await mount.host.advance(60);
    expect(mount.isAlive(old["token"])).toBe(false);
    expect(mount.isAlive(config()["token"])).toBe(true);
    expect(uncommitted()).toEqual([]);
  });

  test("doesn't delete a token that was written to config again", async () => {
    const old = config();
    mount.simulator.fault = ({ method }) => (method === "DELETE" ? "redirect" : undefined);
    await rotate();
    mount.simulator.fault = undefined;
    await mount.host.write("config", { token: old["token"] });
    await mount.host.advance(180);
    expect(mount.isAlive(old["token"])).toBe(true);
    expect(uncommitted()).toEqual([]);
  });
});

describe("a token that an operator writes during a rotation", () => {
  /** Writes another token once the new one is created, before the mount knows of it. */
  const writeDuring = (token: string, settings: object = {}) => {
    let written: Promise<unknown> | undefined;
    mount.simulator.onRequest = async ({ method, moment }) => {
      if (method !== "POST" || moment !== "acted" || written) return;
      written = mount.host.write("config", { token, ...settings });
      await written;
    };
  };

  test("of a user stays, and the new one is deleted", async () => {
    const other = user.grant(mount.simulator);
    // One that is verified waits for the rotation.
    writeDuring(other.text, { verify_connection: false });
    await expect(rotate()).rejects.toMatchObject({
      code: "conflict",
      message:
        "rotating the token of this mount failed: config was changed meanwhile, so the new token isn't used; it was deleted",
    });
    expect(config()).toMatchObject({ token: other.text });
    expect(
      mount.simulator.world.tokens.filter(({ description }) => description?.includes("root token")),
    ).toEqual([]);
    expect(uncommitted()).toEqual([]);
  });

  test("is refused where it is the previous one, which the rotation deletes", async () => {
    const old = user.grant(mount.simulator);
    await mount.host.write("config", { token: old.text });
    let written: Promise<unknown> | undefined;
    mount.simulator.onRequest = async ({ method, moment }) => {
      if (method !== "DELETE" || moment !== "received" || written) return;
      written = mount.host.write("config", { token: old.text }).catch(({ message }) => message);
      await Promise.race([written, sleep(300)]);
    };
    await rotate();
    expect(await written).toMatch(/^the configuration was not stored: .*: 401 unauthorized$/);
    expect(mount.isAlive(config()["token"])).toBe(true);
  });

  test("is refused where it is the previous one, which the rollback deletes", async () => {
    const old = user.grant(mount.simulator);
    await mount.host.write("config", { token: old.text });
    mount.simulator.fault = ({ method }) => (method === "DELETE" ? "redirect" : undefined);
    await rotate();
    mount.simulator.fault = undefined;
    let written: Promise<unknown> | undefined;
    mount.simulator.onRequest = async ({ method, moment }) => {
      if (method !== "DELETE" || moment !== "received" || written) return;
      written = mount.host.write("config", { token: old.text }).catch(({ message }) => message);
      await Promise.race([written, sleep(300)]);
    };
    await mount.host.advance(180);
    expect(await written).toMatch(/^the configuration was not stored: .*: 401 unauthorized$/);
    expect(mount.isAlive(config()["token"])).toBe(true);
  });

  test("of another owner stays, and the previous one is deleted all the same", async () => {
    const old = user.grant(mount.simulator);
    const other = ownOrganization.grant(mount.simulator);
    await mount.host.write("config", { token: old.text });
    let written: Promise<unknown> | undefined;
    mount.host.storage.onCall = async ({ operation, key }) => {
      if (operation !== "delete" || !key.startsWith("wal/") || written) return;
      written = mount.host.write("config", { token: other.text });
      await written;
    };
    await rotate();
    expect(config()).toMatchObject({ token: other.text });
    expect(mount.isAlive(old.text)).toBe(false);
    expect(uncommitted()).toEqual([]);
  });

  test("back without verification stays", async () => {
    const old = user.grant(mount.simulator);
    await mount.host.write("config", { token: old.text });
    let written: Promise<unknown> | undefined;
    mount.host.storage.onCall = async ({ operation, key }) => {
      if (operation !== "delete" || !key.startsWith("wal/") || written) return;
      written = mount.host.write("config", { token: old.text, verify_connection: false });
      await written;
    };
    await rotate();
    await mount.host.advance(1200);
    expect(config()).toMatchObject({ token: old.text });
    expect(mount.isAlive(old.text)).toBe(true);
  });

  test("stays where it replaces one of an organization, and the new one is deleted by the rollback", async () => {
    const other = user.grant(mount.simulator);
    await mount.host.write("config", { token: ownOrganization.grant(mount.simulator).text });
    writeDuring(other.text);
    await expect(rotate()).rejects.toMatchObject({
      code: "conflict",
      message: `the token of organization "${organization}" was replaced, but config was changed meanwhile and doesn't use the new one; read config and try again`,
    });
    expect(config()).toMatchObject({ token: other.text });
    await mount.host.advance(180);
    expect(ownOrganization.tokensOf(mount.simulator)).toEqual([]);
    await mount.host.advance(900);
    expect(mount.host.storage.keys()).toEqual(["config"]);
  });
});

describe("a scheduled rotation that fails", () => {
  test("is reported by config, and retried", async () => {
    await mount.host.write("config", { rotation_period: "10m" });
    const { token } = config();
    mount.simulator.fault = ({ method }) => (method === "POST" ? "redirect" : undefined);
    await mount.host.advance(600);
    expect(await warnings()).toEqual([
      expect.stringMatching(
        /^rotating the token of this mount failed: .*; it is retried automatically, or write to rotate-root$/,
      ),
    ]);
    mount.simulator.fault = undefined;
    await mount.host.advance(60);
    expect(config()["token"]).not.toBe(token);
    expect(await warnings()).toEqual([]);
  });
});

describe("the error of a scheduled rotation", () => {
  const failRotation = async () => {
    await mount.host.write("config", { rotation_period: "1h" });
    mount.simulator.fault = ({ method }) => (method === "POST" ? "too many requests" : undefined);
    await mount.host.advance(3600);
    mount.simulator.fault = undefined;
  };
  const shownErrors = async () => (await mount.host.request("read", "config"))?.warnings;

  test.for([{ rotation_period: 0 }, { disable_automated_rotation: true }])(
    "is no longer shown by config after a write of %j",
    async (input) => {
      await failRotation();
      expect(await shownErrors()).toHaveLength(1);
      await mount.host.write("config", input);
      expect(await shownErrors()).toEqual([]);
    },
  );

  test("isn't stored if the schedule was cleared while it ran", async () => {
    mount.simulator.onRequest = async ({ method, moment }) => {
      if (method === "POST" && moment === "received")
        await mount.host.write("config", { rotation_period: 0 });
    };
    await failRotation();
    expect(await shownErrors()).toEqual([]);
  });
});

describe("a rotation_schedule of HashiCorp's engine that can't be read", () => {
  const unreadable = "TZ=UTC 0 3 * * *";
  const reported = [
    `the stored rotation_schedule "${unreadable}" can't be read and has no effect: write another one`,
  ];
  beforeEach(async () => {
    const { storage } = mount.host;
    const stored = storage.json("config") as object;
    storage.putJson("config", {
      ...stored,
      rotation_schedule: unreadable,
      rotation_window: 3600e9,
      last_vault_rotation: new Date(mount.host.clock.now()).toISOString(),
    });
    await mount.host.restart();
  });

  test("is reported by reads and writes of config, until another is written", async () => {
    expect(await warnings()).toEqual(reported);
    const { token } = mount.simulator.credentials;
    for (const input of [{ explicit_max_ttl: 60 }, { token }])
      expect((await mount.host.request("update", "config", input))?.warnings).toEqual(reported);
    await mount.host.write("config", { rotation_schedule: "0 3 * * *" });
    expect(await warnings()).toEqual([]);
    expect(await mount.host.read("config")).toMatchObject({ rotation_window: 3600 });
  });

  test("can't be written", async () => {
    const write = mount.host.write("config", { rotation_schedule: unreadable });
    await expect(write).rejects.toMatchObject({ code: "bad_request" });
  });

  test("doesn't keep stored tokens from their rotation", async () => {
    await mount.host.write("role/a", { organization, rotation_period: 60 });
    const { token } = (await mount.host.read("creds/a")) ?? {};
    await mount.host.advance(60);
    expect((await mount.host.read("creds/a"))?.["token"]).not.toBe(token);
  });
});

test("a token that expires before its next rotation is reported", async () => {
  const expiredAt = new Date(mount.host.clock.now() + 40 * DAY * 1000);
  const own = mount.simulator.world.grant(
    { type: "users", id: "user-12345abcde" },
    { description: "soon", expiredAt },
  );
  const next = new Date(mount.host.clock.now() + 50 * DAY * 1000).toISOString();
  const told = [
    `the token of this mount expires at ${expiredAt.toISOString()}, before its next rotation at ${next}: write to rotate-root, or rotate it more often`,
  ];
  expect(
    (await mount.host.write("config", { token: own.text, rotation_period: "50d" }))?.warnings,
  ).toEqual(told);
  expect(await warnings()).toEqual(told);
  expect(await mount.host.write("config", { rotation_period: "39d" })).toBeUndefined();
});

describe("the only token of its owner, if the response to its creation never arrives", () => {
  test.for(
    [legacyTeam, ownOrganization, sharedOrganization].map((kind) => [kind.name, kind] as const),
  )("of a %s is reported as no longer valid", async ([, kind]) => {
    await mount.host.write("config", { token: kind.grant(mount.simulator).text });
    await mount.host.write("role/a", kind.role);
    mount.loseAnswers();
    await expect(rotate()).rejects.toMatchObject({ code: "upstream" });
    mount.simulator.fault = undefined;
    const { token_owner_type, owner_id } = kind.owner;
    const told = `the token of this mount is no longer valid: it was replaced, and the response with the new token never arrived; create a token of ${token_owner_type} "${owner_id}" at Terraform Cloud and write it to config`;
    expect(await warnings()).toEqual([told]);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({
      code: "bad_request",
      message: told,
    });
    await mount.host.advance(180);
    expect(await warnings()).toEqual([told]);

    const [lost] = kind.tokensOf(mount.simulator);
    if (lost) mount.simulator.world.delete(lost);
    await mount.host.write("config", { token: kind.grant(mount.simulator).text });
    expect(await warnings()).toEqual([]);
    expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
    await mount.host.advance(1200);
    expect(uncommitted()).toEqual([]);
    expect(kind.tokensOf(mount.simulator).map(({ text }) => text)).toEqual([config()["token"]]);
  });
});

describe("on an old Terraform Enterprise", () => {
  test("a user's token is replaced, and the previous one is left to the operator", async () => {
    mount.simulator.edition = "old-enterprise";
    const { token } = mount.simulator.credentials;
    await mount.host.write("config", { token });
    expect((await rotate())?.warnings).toEqual([
      "deleting the previous token failed: this Terraform Cloud release doesn't return its ID; delete it there",
    ]);
    expect(config()["token"]).not.toBe(token);
    expect(mount.isAlive(config()["token"])).toBe(true);
    expect(uncommitted()).toEqual([]);
  });

  test("a new token of a user that was never used is deleted", async () => {
    mount.simulator.edition = "old-enterprise";
    const { token } = mount.simulator.credentials;
    await mount.host.write("config", { token });
    loseCreations();
    await expect(rotate()).rejects.toMatchObject({ code: "upstream" });
    mount.simulator.fault = undefined;
    expect(mount.simulator.world.tokens).toHaveLength(3);
    await mount.host.advance(180);
    expect(mount.simulator.world.tokens.map(({ text }) => text)).toEqual([token]);
    expect(uncommitted()).toEqual([]);
  });

  test("a new token is deleted in time where the clock was set back since", async () => {
    mount.simulator.edition = "old-enterprise";
    const { token } = mount.simulator.credentials;
    await mount.host.write("config", { token });
    loseCreations();
    await expect(rotate()).rejects.toMatchObject({ code: "upstream" });
    mount.simulator.fault = undefined;
    for (const key of uncommitted()) {
      const entry = mount.host.storage.json(key) as { readonly created_at: number };
      mount.host.storage.putJson(key, { ...entry, created_at: entry.created_at + 3600 });
      mount.host.invalidate(key);
    }
    await mount.host.advance(180);
    expect(mount.simulator.world.tokens.map(({ text }) => text)).toEqual([token]);
    expect(uncommitted()).toEqual([]);
  });

  test("config isn't written again each time that the owner of its token is asked for", async () => {
    mount.simulator.edition = "old-enterprise";
    await mount.host.write("config", { token: mount.simulator.credentials.token });
    await mount.host.write("role/a", { team_id: "team-TUfzPAhqQ7xbfVwR" });
    const written: string[] = [];
    mount.host.storage.onCall = ({ operation, key }) => {
      if (operation === "put") written.push(key);
    };
    await mount.host.write("rotate-role/a");
    expect(written).toContain("token/team/team-TUfzPAhqQ7xbfVwR");
    expect(written).not.toContain("config");
  });

  test("a token of an organization is rejected, since its owner isn't known", async () => {
    mount.simulator.edition = "old-enterprise";
    await mount.host.write("config", { token: ownOrganization.grant(mount.simulator).text });
    await expect(rotate()).rejects.toMatchObject({
      code: "bad_request",
      message:
        "rotating the token of this mount failed: this Terraform Cloud release doesn't return its owner; create another token there and write it to config",
    });
  });
});

test("a rotation that begins while a canceled one continues uses no token that was replaced", async () => {
  await mount.host.write("config", { token: user.grant(mount.simulator).text });
  const left = new AbortController();
  let second: Promise<unknown> | undefined;
  mount.simulator.onRequest = async ({ method, moment }) => {
    if (method !== "POST" || moment !== "acted" || second) return;
    left.abort();
    second = rotate().catch(({ code }) => code);
    await sleep(100);
  };
  await expect(
    mount.host.request("update", "rotate-root", {}, { signal: left.signal }),
  ).rejects.toMatchObject({ code: "canceled" });
  expect(await second).toBe("conflict");
  expect(mount.isAlive(config()["token"])).toBe(true);
});

test.for([
  [1, "is repeated at once"],
  [2, "leaves no token where it is lost again"],
] as const)("a creation whose response is lost %i times %s", async ([times]) => {
  const { token } = config();
  mount.loseAnswers(times);
  const outcome = await rotate().then(
    () => "rotated",
    ({ code }) => code,
  );
  expect(outcome).toBe(times === 1 ? "rotated" : "upstream");
  expect(config()["token"] === token).toBe(times === 2);
  expect(mount.simulator.world.tokens.map(({ text }) => text)).toEqual([config()["token"]]);
  expect(uncommitted()).toEqual([]);
});

test("a verification that takes too long is a timeout, and the previous token stays", async () => {
  const { token } = config();
  await mount.host.write("config", { request_timeout: 1 });
  mount.simulator.fault = ({ path, method }) =>
    method === "GET" && path.endsWith("account/details") ? "hang" : undefined;
  await expect(rotate()).rejects.toMatchObject({ code: "upstream_timeout" });
  expect(mount.simulator.world.tokens.map(({ text }) => text)).toEqual([token]);
  expect(uncommitted()).toEqual([]);
});

test("a new token that the mount can no longer see is searched for until it expires", async () => {
  await mount.host.write("config", { explicit_max_ttl: "1d" });
  loseCreations();
  await expect(rotate()).rejects.toMatchObject({ code: "upstream" });
  mount.simulator.fault = undefined;
  await mount.host.write("config", { token: ownOrganization.grant(mount.simulator).text });
  await mount.host.advance(1200);
  expect(mount.host.logs.join()).toContain(
    "deleting an unused token of this mount failed: the mount has no token that can see it",
  );
  expect(uncommitted()).toHaveLength(2);
  await mount.host.advance(DAY);
  expect(uncommitted()).toEqual([]);
});

describe("an interrupted rotation of HashiCorp's engine", () => {
  /** Leaves its WAL entry, and another token of the user. */
  const interrupt = (idsOf: (other: string) => { old_token_id: string; new_token_id: string }) => {
    const other = mount.simulator.world.grant(
      { type: "users", id: "user-12345abcde" },
      { description: "Vault Terraform secrets engine root token" },
    );
    mount.host.storage.putJson("wal/11111111-2222-3333-4444-555555555555", {
      type: "rotateRootToken",
      data: { token_owner_type: "user", owner_id: "user-12345abcde", ...idsOf(other.id) },
      created_at: Math.floor(mount.host.clock.now() / 1000),
    });
    return other;
  };
  const own = () => String(config()["token_id"]);

  test.for([
    ["new", (other: string) => ({ old_token_id: other, new_token_id: own() })],
    ["old", (other: string) => ({ old_token_id: own(), new_token_id: other })],
  ] as const)("ends with the mount's %s token alone", async ([, idsOf]) => {
    interrupt(idsOf);
    await mount.host.advance(180);
    expect(mount.simulator.world.tokens.map(({ text }) => text)).toEqual([config()["token"]]);
    expect(uncommitted()).toEqual([]);
  });

  test("may not know the previous token", async () => {
    const other = interrupt((id) => ({ old_token_id: "", new_token_id: id }));
    await mount.host.advance(180);
    expect(mount.isAlive(other.text)).toBe(false);
    expect(uncommitted()).toEqual([]);
  });
});

test("a mount without a token has nothing to rotate", async () => {
  await mount.host.request("delete", "config");
  await expect(rotate()).rejects.toMatchObject({
    code: "bad_request",
    message: "this mount has no Terraform Cloud token yet: write one to config",
  });
});

test("a standby forwards the rotation to the active node", async () => {
  mount.host.system.standby = true;
  const before = mount.simulator.requests.length;
  await expect(rotate()).rejects.toMatchObject({ code: "read_only" });
  expect(mount.simulator.requests).toHaveLength(before);
});
