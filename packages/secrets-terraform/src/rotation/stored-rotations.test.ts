import { describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const HOUR = 3600;
const KEY = `token/organization/${organization}`;
const creds = async (role = "a") => (await mount.host.read(`creds/${role}`)) ?? {};
const warnings = async (role = "a") =>
  (await mount.host.request("read", `creds/${role}`))?.warnings;
const after = (seconds: number) => new Date(mount.host.clock.now() + seconds * 1000).toISOString();
const nanoseconds = (time: string) => time.replace("Z", "000000Z");

describe("a role with a rotation_period", () => {
  test("has its token rotated by the tick, for all roles of the owner", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "1h" });
    await mount.host.write("role/b", { organization });
    const first = await creds("b");
    await mount.host.advance(HOUR - 60);
    expect(await creds("b")).toMatchObject({ token: first["token"] });
    await mount.host.advance(60);
    const second = await creds("b");
    expect(second["token"]).not.toBe(first["token"]);
    expect([mount.isAlive(first["token"]), mount.isAlive(second["token"])]).toEqual([false, true]);
  });

  test("is shown by the role and by creds of all roles, as Vault Secrets Operator reads it", async () => {
    const [created, next] = [after(0), after(HOUR)];
    await mount.host.write("role/a", { organization, rotation_period: "1h" });
    await mount.host.write("role/b", { organization });
    await mount.host.advance(90);
    expect(await mount.host.read("role/a")).toMatchObject({
      rotation_period: HOUR,
      last_vault_rotation: created,
      next_vault_rotation: next,
    });
    expect(await mount.host.read("role/b")).not.toHaveProperty("rotation_period");
    expect(await mount.host.read("role/b")).toMatchObject({ next_vault_rotation: next });
    for (const role of ["a", "b"]) {
      expect(await creds(role)).toEqual({
        role,
        organization,
        token: expect.any(String),
        token_id: expect.any(String),
        last_vault_rotation: nanoseconds(created),
        rotation_period: HOUR,
        ttl: HOUR - 90,
      });
    }
  });

  test("that is cleared shows no rotation any more, and isn't rotated", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "1h" });
    const { token, token_id } = await creds();
    await mount.host.write("role/a", { rotation_period: 0 });
    await mount.host.advance(2 * HOUR);
    expect(await creds()).toEqual({ role: "a", organization, token, token_id });
    expect(Object.keys((await mount.host.read("role/a")) ?? {}).join()).not.toContain("rotation");
  });

  test("counts from a manual rotation", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "1h" });
    await mount.host.advance(HOUR / 2);
    await mount.host.write("rotate-role/a");
    const { token } = await creds();
    await mount.host.advance(HOUR / 2);
    expect(await creds()).toMatchObject({ token, ttl: HOUR / 2 });
    await mount.host.advance(HOUR / 2);
    expect((await creds())["token"]).not.toBe(token);
  });

  test("counts from the creation of a token that an older version stored", async () => {
    await mount.host.write("role/a", { organization });
    const created = after(0);
    const { token, token_id, address } = mount.host.storage.json(KEY) as Record<string, string>;
    mount.host.storage.putJson(KEY, { token, token_id, address });
    mount.host.invalidate(KEY);
    await mount.host.advance(HOUR / 2);
    expect(await creds()).toEqual({ role: "a", organization, token, token_id });
    await mount.host.write("role/a", { rotation_period: "1h" });
    const { last_vault_rotation } = await creds();
    expect(Math.abs(Date.parse(String(last_vault_rotation)) - Date.parse(created))).toBeLessThan(
      2000,
    );
  });
});

describe("of several schedules", () => {
  test("the earliest one applies", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "1h" });
    await mount.host.write("role/b", { organization, rotation_period: "10m" });
    expect(await creds("a")).toMatchObject({ rotation_period: 600, ttl: 600 });
    expect(await mount.host.read("role/a")).toMatchObject({
      rotation_period: HOUR,
      next_vault_rotation: after(600),
    });
    await mount.host.request("delete", "role/b");
    expect(await creds("a")).toMatchObject({ rotation_period: HOUR, ttl: HOUR });
  });

  test("a role that changes its owner takes its schedule along", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "1h" });
    await mount.host.write("role/b", { organization });
    await mount.host.write("role/a", { organization: "", team_id });
    expect(await creds("a")).toMatchObject({ team_id, rotation_period: HOUR });
    expect(await creds("b")).not.toHaveProperty("rotation_period");
  });
});

describe("a role with a rotation_schedule", () => {
  const HOURLY = { organization, rotation_schedule: "0 * * * *", rotation_window: "1h" };
  const DAILY = { organization, rotation_schedule: "0 3 * * *", rotation_window: "2h" };
  /** A process that begins, as far as the tick is concerned. */
  const sleepUntil = async (time: string) => {
    mount.host.clock.set(Date.parse(time));
    await mount.host.restart();
    await mount.host.rollback();
  };

  test("is shown by creds, with the seconds until the next rotation", async () => {
    await mount.host.write("role/a", HOURLY);
    const now = new Date(mount.host.clock.now());
    const left = HOUR - now.getUTCMinutes() * 60 - now.getUTCSeconds();
    const shown = await creds();
    expect(shown).toMatchObject({ rotation_schedule: "0 * * * *", ttl: left });
    expect(shown).not.toHaveProperty("rotation_period");
    expect(shown).not.toHaveProperty("rotation_window");
    expect(await mount.host.read("role/a")).toMatchObject({
      rotation_schedule: "0 * * * *",
      rotation_window: HOUR,
      next_vault_rotation: after(left),
    });
  });

  test("is made up for by a process that starts within the window", async () => {
    mount.host.clock.set(Date.parse("2030-01-01T00:00:00Z"));
    await mount.host.write("role/a", DAILY);
    const { token } = await creds();
    await sleepUntil("2030-01-01T04:59:00Z");
    expect((await creds())["token"]).not.toBe(token);
  });

  test("waits for the next scheduled time after the window", async () => {
    mount.host.clock.set(Date.parse("2030-01-01T00:00:00Z"));
    await mount.host.write("role/a", DAILY);
    const { token } = await creds();
    await sleepUntil("2030-01-01T05:01:00Z");
    expect(await creds()).toMatchObject({ token });
    expect(await mount.host.read("role/a")).toMatchObject({
      next_vault_rotation: "2030-01-02T03:00:00.000Z",
    });
    await sleepUntil("2030-01-02T03:00:00Z");
    expect((await creds())["token"]).not.toBe(token);
  });
});

test("readers get no warning of an expiry if the token is rotated before", async () => {
  const DAY = 24 * HOUR;
  await mount.host.write("role/a", { organization, rotation_period: "729d" });
  mount.host.clock.set(mount.host.clock.now() + 720 * DAY * 1000);
  expect(await warnings()).toEqual([]);
  await mount.host.write("role/a", { rotation_period: "731d" });
  expect(await warnings()).toEqual([
    expect.stringMatching(/^this token expires at .*: write to rotate-role\/a$/),
  ]);
});

describe("a rotation that fails", () => {
  test("leaves the token unchanged, is reported by creds, and is retried with pauses", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "10m" });
    const { token } = await creds();
    mount.simulator.fault = ({ method }) => (method === "POST" ? "too many requests" : undefined);
    await mount.host.advance(600);
    expect(await creds()).toMatchObject({ token, ttl: 0 });
    expect(await warnings()).toEqual([
      expect.stringMatching(
        /^rotating this token failed: .*429.*; it is retried automatically, or write to rotate-role\/a$/,
      ),
    ]);
    expect(mount.isAlive(token)).toBe(true);
    mount.simulator.fault = undefined;
    await mount.host.advance(60);
    expect((await creds())["token"]).not.toBe(token);
    expect(await warnings()).toEqual([]);
  }, 60_000);

  test("is no longer reported once its schedule is cleared", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "10m" });
    mount.simulator.fault = ({ method }) => (method === "POST" ? "too many requests" : undefined);
    await mount.host.advance(600);
    mount.simulator.fault = undefined;
    await mount.host.write("role/a", { rotation_period: 0 });
    expect(await warnings()).toEqual([]);
    expect(await mount.host.read("status/a")).not.toHaveProperty("rotation_error");
  }, 60_000);

  test("isn't reported if its schedule was cleared meanwhile", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "10m" });
    let cleared: Promise<unknown> | undefined;
    mount.simulator.onRequest = ({ method }) => {
      if (method === "POST") cleared ??= mount.host.write("role/a", { rotation_period: 0 });
    };
    mount.simulator.fault = ({ method }) => (method === "POST" ? "too many requests" : undefined);
    await mount.host.advance(600);
    await cleared;
    expect(await warnings()).toEqual([]);
  }, 60_000);

  test("whose response is lost returns no invalid token", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "10m" });
    const { token } = await creds();
    mount.loseAnswers(2);
    await mount.host.advance(600);
    expect(mount.isAlive(token)).toBe(false);
    expect(mount.isAlive((await creds())["token"])).toBe(true);
  });

  test("reports an unknown outcome while Terraform Cloud can't be reached", async () => {
    await mount.host.write("role/a", { organization, rotation_period: "10m" });
    mount.simulator.fault = () => "cut after";
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
    mount.simulator.fault = ({ method }) => (method === "POST" ? "cut after" : undefined);
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
    mount.simulator.fault = () => "cut after";
    await expect(creds()).rejects.toMatchObject({ code: "upstream" });
  });
});

describe("a process that died while the role was written", () => {
  test.for(["before the token's entry followed", "after it"])(
    "%s plans what the role says",
    async (when) => {
      await mount.host.write("role/a", { organization });
      const { token } = await creds();
      let writes = 0;
      mount.host.storage.onCall = ({ operation }) => {
        if (operation === "put") writes += 1;
        if (writes < (when === "after it" ? 3 : 2)) return;
        mount.host.storage.onCall = undefined;
        return new Promise<never>(() => {});
      };
      void mount.host.write("role/a", { rotation_period: "1h" });
      await expect.poll(() => writes).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      mount.host.storage.onCall = undefined;
      await mount.host.restart();
      await mount.host.rollback();
      expect(await creds()).toMatchObject({ token, rotation_period: HOUR });
      await mount.host.advance(HOUR);
      expect((await creds())["token"]).not.toBe(token);
    },
  );
});

test.for<[name: string, role: Record<string, unknown>, says: string]>([
  [
    "both",
    { organization, rotation_period: 60, rotation_schedule: "0 3 * * *" },
    "rotation_period and rotation_schedule can't be combined",
  ],
  [
    "a window alone",
    { organization, rotation_window: 3600 },
    "rotation_window needs rotation_schedule",
  ],
  [
    "a schedule that is none",
    { organization, rotation_schedule: "hourly" },
    "rotation_schedule must be a cron expression of five fields, in UTC, with a time in the future",
  ],
  [
    "a leased kind",
    { user_id: "user-12345abcde", rotation_period: 60 },
    "a role with leased tokens takes no rotation_period or rotation_schedule: only stored tokens are rotated",
  ],
])("%s is rejected", async ([, role, message]) => {
  await expect(mount.host.write("role/x", role)).rejects.toMatchObject({
    code: "bad_request",
    message,
  });
});

test("a tick with a thousand scheduled roles takes less than 50 ms of CPU when nothing is due", async () => {
  const { storage } = mount.host;
  for (let index = 0; index < 1000; index += 1) {
    const schedule = {
      rotation_period: 0,
      rotation_schedule: `${index % 60} 3 * * *`,
      rotation_window: 3_600_000_000_000,
    };
    storage.putJson(`role/r${index}`, { name: `r${index}`, team_id: `team-${index}`, ...schedule });
    storage.putJson(`token/team/team-${index}`, {
      token: "text",
      token_id: `at-${index}`,
      address: mount.simulator.address,
      last_vault_rotation: new Date(mount.host.clock.now()).toISOString(),
      schedules: [schedule],
    });
  }
  await mount.host.write("config", { drift_check_period: 0 });
  await mount.host.restart();
  const millisecondsOf = async (work: () => Promise<void>) => {
    const begun = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  };
  const calls: string[] = [];
  await mount.host.rollback();
  storage.onCall = ({ operation, key }) => void calls.push(`${operation} ${key}`);
  const spent = await millisecondsOf(async () => {
    for (let ticks = 0; ticks < 5; ticks += 1) await mount.host.rollback();
  });
  expect(spent / 5).toBeLessThan(50);
  expect(new Set(calls)).toEqual(new Set(["list wal/"]));
});
