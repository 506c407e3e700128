import { expect } from "vitest";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(["ROTATE"], "rotation returns another token, and deletes the old one", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  const { organization, teamId } = mount.simulator.credentials;
  for (const owner of [{ organization }, { team_id: teamId }]) {
    await mount.write("role/a", { organization: "", team_id: "", ...owner });
    const before = await mount.read("creds/a");
    expect((await mount.write("rotate-role/a")).status).toBe(204);
    const after = await mount.read("creds/a");
    expect(after.data["token"]).not.toBe(before.data["token"]);
    expect(after.data["token_id"]).not.toBe(before.data["token_id"]);
    expect(await mount.statusOf(before.data["token"])).toBe(401);
    expect(await mount.statusOf(after.data["token"])).toBe(200);
  }
});

scenario(["ROTATE"], "concurrent rotations leave a stored token that works", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  const { organization } = mount.simulator.credentials;
  await mount.write("role/a", { organization });
  await mount.write("role/b", { organization });
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => mount.write(`rotate-role/${index % 2 ? "a" : "b"}`)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(204));
  expect(await mount.statusOf((await mount.read("creds/a")).data["token"])).toBe(200);
});

scenario(["ROTATE_REFUSED"], "roles without a stored token have nothing to rotate", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  await mount.write("role/user", { user_id: "user-12345abcde" });
  await mount.write("role/team", {
    team_id: mount.simulator.credentials.teamId,
    credential_type: "team",
  });
  for (const [name, says] of [
    ["user", 'role "user" is of type user, which has no stored token to rotate'],
    ["team", 'role "team" is of type team, which has no stored token to rotate'],
    ["absent", 'there is no role "absent": write role/absent first'],
  ] as const) {
    const { status, errors } = await mount.write(`rotate-role/${name}`);
    expect(status).toBe(400);
    expect(errors.join()).toContain(says);
  }
});
