import { expect } from "vitest";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

/** What a command prints. @throws with what it says if it fails. */
async function cli(args: readonly string[], token?: string): Promise<string> {
  const outcome = await use.server.cli(args, token === undefined ? {} : { token });
  if (outcome.exitCode !== 0) throw new Error(`${args[0]}: ${outcome.stderr}`);
  return outcome.stdout;
}

async function json(command: string, ...args: readonly string[]): Promise<unknown> {
  return JSON.parse(await cli([...command.split(" "), "-format=json", ...args]));
}

scenario(["CLIENT_CLI"], "write, read, list and delete on the command line", async () => {
  await using mount = await newMount(use.server);
  const { path, simulator } = mount;
  const { organization, token } = simulator.credentials;

  const written = await use.server.cli(
    ["write", `${path}/config`, `address=${simulator.address}`, "token=-", "explicit_max_ttl=2h"],
    { stdin: token },
  );
  expect(written.stdout).toBe(`Success! Data written to: ${path}/config`);
  const config = await cli(["read", `${path}/config`]);
  expect(config).toMatch(/^explicit_max_ttl +2h$/m);
  expect(config).not.toContain(token);

  await cli(["write", `${path}/role/org`, `organization=${organization}`]);
  await cli(["write", `${path}/role/ci`, "user_id=user-12345abcde", "ttl=1h", "max_ttl=3h"]);
  expect(await json("list", `${path}/role`)).toEqual(["ci", "org"]);
  expect(await cli(["list", `${path}/role/`])).toBe("Keys\n----\nci\norg");
  expect(await json("read", `${path}/role/ci`)).toMatchObject({
    data: { name: "ci", user_id: "user-12345abcde", ttl: 3600, max_ttl: 10_800 },
  });

  const stored = await cli(["read", "-field=token", `${path}/creds/org`]);
  expect(await mount.statusOf(stored)).toBe(200);
  expect(await cli(["write", "-f", `${path}/rotate-role/org`])).toBe(
    `Success! Data written to: ${path}/rotate-role/org`,
  );
  expect(await mount.statusOf(stored)).toBe(401);

  expect(await cli(["delete", `${path}/role/ci`])).toBe(
    `Success! Data deleted (if it existed) at: ${path}/role/ci`,
  );
  expect(await json("list", `${path}/role`)).toEqual(["org"]);
  const gone = await use.server.cli(["read", `${path}/role/ci`]);
  expect(gone).toMatchObject({ exitCode: 2, stderr: `No value found at ${path}/role/ci` });
});

scenario(["CLIENT_CLI"], "leases are renewed and revoked on the command line", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  await mount.write("role/ci", { user_id: "user-12345abcde", ttl: "1h", max_ttl: "3h" });
  const creds = await json("read", `${mount.path}/creds/ci`);
  expect(creds).toMatchObject({
    lease_duration: 3600,
    renewable: true,
    data: { token: expect.any(String) },
  });
  const { lease_id, data } = creds as { lease_id: string; data: { token: string } };

  expect(await json("lease renew", "-increment=2h", lease_id)).toMatchObject({
    lease_id,
    lease_duration: 7200,
    renewable: true,
  });
  await cli(["lease", "revoke", "-sync", lease_id]);
  expect(await mount.statusOf(data.token)).toBe(401);
  const renewal = await use.server.cli(["lease", "renew", lease_id]);
  expect(renewal.exitCode).toBe(2);
  expect(renewal.stderr).toContain("lease not found");
});

scenario(
  ["CLIENT_WRAPPING"],
  "wrapped creds can be unwrapped once, and are not in the response",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/ci", { user_id: "user-12345abcde" });
    await mount.write("role/org", { organization: mount.simulator.credentials.organization });
    for (const role of ["ci", "org"]) {
      const answer = await json("read", "-wrap-ttl=60s", `${mount.path}/creds/${role}`);
      expect(answer).toMatchObject({ data: null, wrap_info: { ttl: 60 } });
      const { wrap_info } = answer as { wrap_info: { token: string } };
      const token = await cli(["unwrap", "-field=token"], wrap_info.token);
      expect(JSON.stringify(answer)).not.toContain(token);
      expect(await mount.statusOf(token), role).toBe(200);
      const again = await use.server.cli(["unwrap", "-field=token"], { token: wrap_info.token });
      expect(again.exitCode).toBe(2);
      expect(again.stderr).toContain("wrapping token is not valid or does not exist");
    }
  },
);

scenario(["CLIENT_CLI", "HELP"], "path-help documents each path", async () => {
  await using mount = await newMount(use.server);
  const routes: readonly [path: string, route: string][] = [
    ["config", "^config$"],
    ["role", "^role/?$"],
    ["role/ci", "^role/(?P<name>"],
    ["creds/ci", "^creds/(?P<name>"],
    ["rotate-role/ci", "^rotate-role/(?P<name>"],
    ["rotate-root", "^rotate-root$"],
    ["status", "^status/?$"],
    ["status/ci", "^status/(?P<name>"],
    ["check", "^check$"],
    ["check/ci", "^check/(?P<name>"],
    ["tidy", "^tidy$"],
  ];
  for (const [path, route] of routes) {
    const help = await cli(["path-help", `${mount.path}/${path}`]);
    expect(help).toContain(`Request:        ${path}\n`);
    expect(help).toContain(`Matching Route: ${route}`);
    expect(help).toContain("## DESCRIPTION");
  }
  const root = await cli(["path-help", mount.path]);
  for (const [, route] of routes) expect(root).toContain(route);
});
