import { setTimeout as sleep } from "node:timers/promises";
import { findGoPlugin, PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type Server, startDevServer } from "@vault-ts/openbao";
import { afterAll, beforeAll, expect } from "vitest";
import { NO_GO_PLUGIN } from "../support/go-plugin.ts";
import { type Answer, type Mount, newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";

const goPlugin = await findGoPlugin();
let server: Server;

beforeAll(async () => {
  server = await startDevServer({
    binary: await findServer(),
    plugins: [
      { name: "terraform", file: PLUGIN_FILE },
      ...(goPlugin === undefined ? [] : [{ name: "terraform-go", file: goPlugin }]),
    ],
  });
});
afterAll(() => server?.stop());

const userId = "user-12345abcde";
const teamId = "team-TUfzPAhqQ7xbfVwR";
const organization = "hashicorp-vault-testing";

/**
 * Something that HashiCorp's engine 0.13.0 gets wrong, and a look at whether a mount gets it right.
 */
interface Defect {
  readonly title: string;
  readonly isRight: (mount: Mount) => Promise<boolean>;
}

/** What has to work before the look is worth anything. */
async function done(answer: Promise<Answer>): Promise<Answer> {
  const { status, errors } = await answer;
  if (status >= 300) throw new Error(`${status} ${errors.join()}`);
  return await answer;
}

const revoke = (lease_id: string) =>
  request(server, "PUT", "sys/leases/revoke", { lease_id, sync: true });

const DEFECTS: readonly Defect[] = [
  {
    title: "reading the configuration of an empty mount is 404, not a crash",
    isRight: async (mount) => (await mount.read("config")).status === 404,
  },
  {
    title: "writing a new token alone keeps the address",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("config", { token: mount.simulator.credentials.token }));
      return (await mount.read("config")).data["address"] === mount.simulator.address;
    },
  },
  {
    title: "writing a role again keeps the stored token valid",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("role/a", { organization }));
      const { token } = (await done(mount.read("creds/a"))).data;
      await done(mount.write("role/a", { organization }));
      return (await mount.statusOf(token)) === 200;
    },
  },
  {
    title: "a rotated token is returned with its own id",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("role/a", { organization }));
      const before = (await done(mount.read("creds/a"))).data;
      await done(mount.write("rotate-role/a"));
      const after = (await done(mount.read("creds/a"))).data;
      return before["token"] !== after["token"] && before["token_id"] !== after["token_id"];
    },
  },
  {
    title: "names are not case-sensitive in rotate-role either",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("role/Prod", { organization }));
      return (await mount.write("rotate-role/Prod")).status < 300;
    },
  },
  {
    title:
      "a team's token expires with the longest lease that its role allows, and not with the mount's maximum",
    async isRight(mount) {
      await mount.configure();
      await done(
        mount.write("role/a", { team_id: teamId, credential_type: "team", ttl: 60, max_ttl: 120 }),
      );
      const { token } = (await done(mount.read("creds/a"))).data;
      const expiry =
        mount.simulator.world.tokens.find(({ text }) => text === token)?.expiredAt?.getTime() ?? 0;
      return expiry > 0 && expiry < Date.now() + 130_000;
    },
  },
  {
    title: "a lease whose token no longer exists can be revoked",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("role/a", { user_id: userId }));
      const { leaseId, data } = await done(mount.read("creds/a"));
      const { world } = mount.simulator;
      for (const token of world.tokens) if (token.text === data["token"]) world.delete(token);
      return (await revoke(leaseId)).status === 204;
    },
  },
  {
    title:
      "creds of a role that doesn't exist are a mistake of the user, not an error of the server",
    async isRight(mount) {
      await mount.configure();
      return (await mount.read("creds/absent")).status === 400;
    },
  },
  {
    title: "a user's token expires at Terraform Cloud with its lease",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("role/a", { user_id: userId, ttl: 60, max_ttl: 120 }));
      const { token } = (await done(mount.read("creds/a"))).data;
      const expiry = mount.simulator.world.tokens
        .find(({ text }) => text === token)
        ?.expiredAt?.getTime();
      return expiry !== undefined && expiry < Date.now() + 130_000;
    },
  },
  {
    title: "a role's credential_type is read as it was written",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("role/written", { organization, credential_type: "organization" }));
      await done(mount.write("role/unwritten", { user_id: userId }));
      const written = (await mount.read("role/written")).data["credential_type"];
      const unwritten = (await mount.read("role/unwritten")).data["credential_type"];
      return written === "organization" && unwritten === undefined;
    },
  },
  {
    title: "concurrent rotations leave a valid stored token",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("role/a", { organization }));
      // The answer to the first one is overtaken, as it may be on the way from a real server.
      let isFirst = true;
      mount.simulator.onRequest = async ({ method, moment }) => {
        if (method !== "POST" || moment !== "acted" || !isFirst) return;
        isFirst = false;
        await sleep(1000);
      };
      await Promise.all(Array.from({ length: 5 }, () => done(mount.write("rotate-role/a"))));
      const { token } = (await done(mount.read("creds/a"))).data;
      return (await mount.statusOf(token)) === 200;
    },
  },
  {
    title: "two roles of one organization return one valid token",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("role/a", { organization }));
      await done(mount.write("role/b", { organization }));
      const tokens = await Promise.all(
        ["a", "b"].map(async (name) => (await done(mount.read(`creds/${name}`))).data["token"]),
      );
      const statuses = await Promise.all(tokens.map((token) => mount.statusOf(token)));
      return statuses.every((status) => status === 200);
    },
  },
  {
    title: "deleting the last role of an organization deletes its stored token",
    async isRight(mount) {
      await mount.configure();
      await done(mount.write("role/a", { organization }));
      const { token } = (await done(mount.read("creds/a"))).data;
      await done(mount.delete("role/a"));
      return (await mount.statusOf(token)) === 401;
    },
  },
];

for (const { title, isRight } of DEFECTS) {
  scenario(["BETTER"], title, async () => {
    await using ours = await newMount(server);
    expect(await isRight(ours)).toBe(true);
  });

  scenario(["BETTER"], `HashiCorp's engine 0.13.0 doesn't do so: ${title}`, async ({ skip }) => {
    if (goPlugin === undefined) return skip(NO_GO_PLUGIN);
    await using theirs = await newMount(server, {}, "terraform-go");
    expect(await isRight(theirs)).toBe(false);
  });
}
