import { expect } from "vitest";
import { runHelper } from "../support/credentials-helper.ts";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

/** The shells that systems have as /bin/sh. */
const SHELLS: readonly (readonly string[])[] = [["dash"], ["busybox", "sh"]];

scenario(
  ["CREDENTIALS_HELPER"],
  "get prints a token for the hosts that it is for, in each shell",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/ci", { user_id: "user-12345abcde" });
    const args = [`-mount=${mount.path}`, "-role=ci", "-ttl=5m"];
    for (const shell of SHELLS) {
      const run = (...more: readonly string[]) => runHelper(use.server, shell, [...args, ...more]);
      const given = await run("get", "app.terraform.io");
      expect(given).toMatchObject({ exitCode: 0 });
      expect(given.commands).toEqual([
        `read -format=table -field=token ${mount.path}/creds/ci ttl=5m`,
      ]);
      const { token } = JSON.parse(given.stdout) as { token: string };
      expect(await mount.statusOf(token)).toBe(200);
      expect(given.stdout).toBe(`{"token":"${token}"}`);

      // A registry is a host of its own: the token isn't for it.
      const other = await run("get", "registry.terraform.io");
      expect(other).toMatchObject({ exitCode: 0, stdout: "{}", stderr: "", commands: [] });
      const named = await run(
        "-host=tfe.example.com",
        "-host=tfe.example.org",
        "get",
        "tfe.example.org",
      );
      expect(named.stdout).toContain(".atlasv1.");
      expect((await run("-host=tfe.example.com", "get", "app.terraform.io")).stdout).toBe("{}");
    }
  },
);

scenario(
  ["CREDENTIALS_HELPER"],
  "the helper reports what it can't do, with exit code 1",
  async () => {
    await using mount = await newMount(use.server);
    const role = `-mount=${mount.path}`;
    const cases: readonly (readonly [args: readonly string[], says: string])[] = [
      [["get", "app.terraform.io"], "get failed: no role is given"],
      [
        [role, "-role=ci", "get", "app.terraform.io"],
        "run it by hand, and check the server's address",
      ],
      [
        ["-role=ci", "store", "app.terraform.io"],
        "store failed: tokens are issued by the secrets engine",
      ],
      [
        ["-role=ci", "forget", "app.terraform.io"],
        "forget failed: tokens of app.terraform.io are issued on demand",
      ],
      [["-role=ci", "list", "app.terraform.io"], 'unknown verb "list"'],
      [["-secret=hidden", "get", "app.terraform.io"], 'unknown argument "-secret"'],
    ];
    for (const shell of SHELLS) {
      for (const [args, says] of cases) {
        const { exitCode, stdout, stderr } = await runHelper(
          use.server,
          shell,
          args,
          '{"token":"not-to-keep"}',
        );
        expect([exitCode, stdout], args.join(" ")).toEqual([1, ""]);
        expect(stderr).toContain(says);
        expect(stderr).not.toMatch(/not-to-keep|hidden/);
      }
      const forgotten = await runHelper(use.server, shell, [
        "-role=ci",
        "forget",
        "registry.terraform.io",
      ]);
      expect(forgotten).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
    }
  },
);

scenario(
  ["CREDENTIALS_HELPER"],
  "the helper reports that neither bao nor vault is on the PATH",
  async () => {
    const args = ["-role=ci", "get", "app.terraform.io"];
    const { exitCode, stderr } = await runHelper(undefined, ["dash"], args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("neither bao nor vault is on the PATH");
  },
);
