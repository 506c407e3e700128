import { ROOT_KINDS } from "@vault-ts/secrets-terraform/testing";
import { expect } from "vitest";
import { type Mount, newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();
const PERIOD = 10;

/**
 * Reads creds of a role, again and again, and notes those tokens that were dead when they were
 * asked for.
 */
async function poll(
  mount: Mount,
  role: string,
  deaths: ReadonlyMap<string, number>,
  until: number,
) {
  const tokens = new Set<string>();
  const wrongs: string[] = [];
  while (performance.now() < until) {
    const asked = performance.now();
    const { status, data, errors, leaseId } = await mount.read(`creds/${role}`);
    const token = String(data["token"]);
    if (status !== 200) wrongs.push(`${role}: ${status} ${errors.join()}`);
    if (leaseId === "") tokens.add(token);
    if ((deaths.get(token) ?? Number.POSITIVE_INFINITY) < asked)
      wrongs.push(`${role}: a dead token`);
    await new Promise((resolve) => setTimeout(resolve, leaseId === "" ? 5 : 200));
  }
  return { tokens, wrongs };
}

/** When each token died, as Terraform Cloud knows. */
function watchDeaths({ simulator }: Mount): ReadonlyMap<string, number> {
  const deaths = new Map<string, number>();
  let alive = new Set(simulator.world.tokens.map(({ text }) => text));
  simulator.onRequest = ({ moment }) => {
    if (moment !== "acted") return;
    const present = new Set(simulator.world.tokens.map(({ text }) => text));
    for (const token of alive) if (!present.has(token)) deaths.set(token, performance.now());
    alive = present;
  };
  return deaths;
}

scenario(
  ["ROTATION_SCHEDULED", "ROTATION_CONFIG"],
  "tokens are rotated every ten seconds while readers poll, and no invalid one is returned",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure({ rotation_period: PERIOD });
    const { organization, teamId } = mount.simulator.credentials;
    await mount.write("role/org", { organization, rotation_period: PERIOD });
    await mount.write("role/shared", { organization });
    await mount.write("role/legacy", { team_id: teamId, rotation_period: PERIOD });
    await mount.write("role/user", { user_id: "user-12345abcde", ttl: 60, max_ttl: 60 });
    const configured = (await mount.read("config")).data;
    const deaths = watchDeaths(mount);
    const until = performance.now() + 2.3 * PERIOD * 1000;
    const roles = ["org", "shared", "legacy", "user"];
    const [org, shared, legacy, user] = await Promise.all(
      roles.map((role) => poll(mount, role, deaths, until)),
    );
    expect([org, shared, legacy, user].flatMap((polled) => polled?.wrongs)).toEqual([]);
    for (const polled of [org, shared, legacy]) expect(polled?.tokens.size).toBe(3);

    const shown = (await mount.read("config")).data;
    expect(shown["token_id"]).not.toBe(configured["token_id"]);
    expect(shown).toMatchObject({ rotation_period: PERIOD, owner_id: configured["owner_id"] });
    const [last, next] = [shown["last_vault_rotation"], shown["next_vault_rotation"]].map((time) =>
      Date.parse(String(time)),
    );
    expect((next ?? 0) - (last ?? 0)).toBe(PERIOD * 1000);
    expect(await mount.statusOf(mount.simulator.credentials.token)).toBe(401);
  },
);

scenario(
  ["ROTATION_FIELDS"],
  "creds describe the rotation as Vault Secrets Operator reads it",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const { organization } = mount.simulator.credentials;
    await mount.write("role/a", { organization, rotation_period: "1h" });
    await mount.write("role/b", { organization });
    const { data } = await mount.read("creds/b");
    expect(data).toMatchObject({ role: "b", rotation_period: 3600 });
    expect(data["last_vault_rotation"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(data["ttl"]).toBeGreaterThan(3590);
    expect(data["ttl"]).toBeLessThanOrEqual(3600);
    expect((await mount.read("role/a")).data).toMatchObject({
      rotation_period: 3600,
      last_vault_rotation: expect.stringMatching(/Z$/),
      next_vault_rotation: expect.stringMatching(/Z$/),
    });

    await mount.write("role/a", {
      rotation_period: 0,
      rotation_schedule: "0 3 * * SAT",
      rotation_window: "2h",
    });
    expect((await mount.read("creds/b")).data).toMatchObject({ rotation_schedule: "0 3 * * SAT" });
    await mount.write("role/a", { rotation_schedule: "" });
    expect((await mount.read("role/a")).data).toEqual({
      name: "a",
      organization,
      effective_credential_type: "organization",
      ttl: 0,
      max_ttl: 0,
    });
  },
);

scenario(
  ["ROTATION_FIELDS"],
  "schedules that contradict themselves are 400 with the rule",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const { organization } = mount.simulator.credentials;
    for (const [data, says] of [
      [{ organization, rotation_period: 9 }, "rotation_period must be at least 10 seconds"],
      [
        { organization, rotation_period: 60, rotation_schedule: "0 3 * * *" },
        "rotation_period and rotation_schedule can't be combined",
      ],
      [{ organization, rotation_window: "1h" }, "rotation_window needs rotation_schedule"],
      [
        { organization, rotation_schedule: "never" },
        "rotation_schedule must be a cron expression of five fields",
      ],
      [{ user_id: "user-12345abcde", rotation_period: 60 }, "only stored tokens are rotated"],
    ] as const) {
      const { status, errors } = await mount.write("role/x", data);
      expect([status, errors.join()]).toEqual([400, expect.stringContaining(says)]);
    }
    expect((await mount.write("config", { rotation_period: 9 })).status).toBe(400);
    expect((await mount.list("role")).status).toBe(404);
  },
);

scenario(
  ["ROTATE_ROOT"],
  "rotate-root replaces the mount's token, whatever its owner",
  async () => {
    for (const kind of ROOT_KINDS) {
      await using mount = await newMount(use.server);
      await mount.configure({ token: kind.grant(mount.simulator).text });
      await mount.write("role/a", kind.role);
      const before = (await mount.read("config")).data;
      const { status, data, warnings } = await mount.write("rotate-root");
      expect([kind.name, status, warnings]).toEqual([kind.name, 200, []]);
      const after = (await mount.read("config")).data;
      expect(data).toEqual({
        ...kind.owner,
        token_id: after["token_id"],
        last_vault_rotation: after["last_vault_rotation"],
      });
      expect(after["token_id"]).not.toBe(before["token_id"]);
      expect(kind.tokensOf(mount.simulator).map(({ id }) => id)).toEqual([after["token_id"]]);
      expect(await mount.statusOf((await mount.read("creds/a")).data["token"])).toBe(200);
    }
  },
);

scenario(
  ["ROTATE_ROOT_LOST"],
  "a mount whose token is no longer valid after a rotation reports it, with the remedy",
  async () => {
    await using mount = await newMount(use.server);
    const [, , , own] = ROOT_KINDS;
    await mount.configure({ token: own.grant(mount.simulator).text });
    await mount.write("role/a", own.role);
    mount.simulator.fault = ({ method }) => (method === "POST" ? "cut after" : undefined);
    expect((await mount.write("rotate-root")).status).toBe(502);
    mount.simulator.fault = undefined;
    const says = "the token of this mount is no longer valid";
    expect((await mount.read("config")).warnings.join()).toContain(says);
    const { status, errors } = await mount.read("creds/a");
    expect([status, errors.join()]).toEqual([400, expect.stringContaining(says)]);
    await mount.write("config", { token: own.grant(mount.simulator).text });
    expect((await mount.read("config")).warnings).toEqual([]);
    expect((await mount.read("creds/a")).status).toBe(200);
  },
);

scenario(["ADOPT"], "a role imports an existing token, which is not regenerated", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  const { organization } = mount.simulator.credentials;
  const existing = mount.simulator.world.grant(
    { type: "organizations", id: organization },
    { description: null },
  );
  const answer = await mount.write("role/a", { organization, token: existing.text });
  expect([answer.status, answer.warnings]).toEqual([204, []]);
  expect((await mount.read("creds/a")).data).toMatchObject({
    token: existing.text,
    token_id: existing.id,
  });
  expect(JSON.stringify(await mount.read("role/a"))).not.toContain(existing.text);
  for (const token of ["at-dead", mount.simulator.credentials.token]) {
    const { status, errors } = await mount.write("role/b", { organization, token });
    expect([status, errors.join()]).toEqual([
      400,
      expect.stringContaining('field "token" must be a token of'),
    ]);
    expect(errors.join()).not.toContain(token);
  }
});
