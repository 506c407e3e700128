import { expect } from "vitest";
import { type Mount, newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

/** The answers to requests that make tokens get lost, so many times. */
function loseAnswers({ simulator }: Mount, times: number): void {
  let left = times;
  simulator.onRequest = ({ method, moment }) => {
    if (method !== "POST" || moment !== "acted" || left === 0) return;
    left -= 1;
    simulator.cutConnections();
  };
}

scenario(
  ["LOST_ANSWERS"],
  "an orphaned token is reconciled at once, and at the latest when the mount is removed",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/a", { user_id: "user-12345abcde" });
    const before = mount.simulator.world.tokens.length;
    loseAnswers(mount, 1);
    expect((await mount.read("creds/a")).status).toBe(200);
    expect(mount.simulator.world.tokens.length).toBe(before + 1);

    // Nor can the token be found whose answer got lost.
    mount.simulator.fault = ({ method, path }) =>
      method === "POST" ? "cut after" : path.includes("page") ? "server error" : undefined;
    const lost = await mount.read("creds/a");
    expect(lost).toMatchObject({
      status: 502,
      errors: [expect.stringContaining("socket hang up")],
    });
    expect(mount.simulator.world.tokens.length).toBe(before + 3);
    mount.simulator.fault = undefined;

    expect((await request(use.server, "DELETE", `sys/mounts/${mount.path}`)).status).toBe(204);
    await expect.poll(() => mount.simulator.world.tokens.length).toBe(before);
  },
);

scenario(
  ["LOST_ANSWERS"],
  "no invalid token is returned after a rotation whose responses were lost",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/a", { organization: mount.simulator.credentials.organization });
    const { token } = (await mount.read("creds/a")).data;
    for (const [answers, status] of [
      [1, 204],
      [2, 502],
    ] as const) {
      loseAnswers(mount, answers);
      expect((await mount.write("rotate-role/a")).status).toBe(status);
      expect(await mount.statusOf((await mount.read("creds/a")).data["token"])).toBe(200);
    }
    expect(await mount.statusOf(token)).toBe(401);
  },
);
