import { expect } from "vitest";
import { type Mount, newMount, request } from "../support/mount.ts";
import { tokenWithPolicy } from "../support/policies.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

/**
 * A mount with a leased role, the policies' `my-role`, a stored one, their `testing`, and one more
 * of each.
 */
async function newMountWithRoles(): Promise<Mount> {
  const mount = await newMount(use.server);
  await mount.configure();
  const { organization } = mount.simulator.credentials;
  for (const name of ["my-role", "other"])
    await mount.write(`role/${name}`, { user_id: "user-12345abcde" });
  for (const name of ["testing", "other-stored"])
    await mount.write(`role/${name}`, { organization });
  return mount;
}

type Try = readonly [
  status: number,
  method: string,
  path: string,
  data?: Readonly<Record<string, unknown>>,
];

/**
 * Tries requests below the mount, or below sys/, one after the other, and expects their statuses.
 */
async function expectAnswers(mount: Mount, token: string, tries: readonly Try[]): Promise<void> {
  for (const [status, method, path, data] of tries) {
    const whole = path.startsWith("sys/") ? path : `${mount.path}/${path}`;
    const answer = await request(use.server, method, whole, data, token);
    expect(answer.status, `${method} ${path} ${JSON.stringify(data ?? {})}`).toBe(status);
  }
}

scenario(
  ["POLICY_OPERATOR"],
  "an operator configures the mount, and can't read credentials",
  async () => {
    await using mount = await newMountWithRoles();
    const { address, credentials } = mount.simulator;
    const { leaseId } = await mount.read("creds/my-role");
    await expectAnswers(mount, await tokenWithPolicy(use.server, mount, "operator"), [
      [200, "GET", "config"],
      [204, "PUT", "config", { explicit_max_ttl: "2h" }],
      [200, "DELETE", "config"],
      [200, "PUT", "config", { address, verify_connection: false }],
      [204, "PUT", "config", { address, token: credentials.token }],
      [204, "PUT", "role/new", { user_id: "user-12345abcde" }],
      [200, "GET", "role/new"],
      [200, "LIST", "role"],
      [204, "DELETE", "role/new"],
      [204, "PUT", "rotate-role/testing"],
      [200, "PUT", "rotate-root"],
      [200, "LIST", "status"],
      [200, "GET", "status/testing"],
      [200, "GET", "check"],
      [200, "GET", "check/testing"],
      [200, "PUT", "tidy"],
      [403, "GET", "creds/my-role"],
      [403, "PUT", "creds/my-role"],
      [403, "GET", "creds/testing"],
      [403, "PUT", "sys/leases/revoke", { lease_id: leaseId }],
      [403, "PUT", `sys/leases/revoke-prefix/${mount.path}`],
      [403, "DELETE", `sys/mounts/${mount.path}`],
    ]);
  },
);

scenario(["POLICY_ISSUER"], "an issuer issues and revokes the tokens of one role", async () => {
  await using mount = await newMountWithRoles();
  const token = await tokenWithPolicy(use.server, mount, "issuer");
  const creds = await request(use.server, "GET", `${mount.path}/creds/my-role`, undefined, token);
  expect(await mount.statusOf(creds.data["token"])).toBe(200);
  const own = { lease_id: creds.leaseId };
  const foreign = { lease_id: (await mount.read("creds/other")).leaseId };
  await expectAnswers(mount, token, [
    [200, "PUT", "sys/leases/renew", { ...own, increment: 3600 }],
    [403, "PUT", "sys/leases/renew", foreign],
    [403, "PUT", "sys/leases/revoke", foreign],
    [403, "PUT", `sys/leases/revoke/${foreign.lease_id}`],
    [403, "PUT", `sys/leases/revoke/${own.lease_id}`, foreign],
    [403, "PUT", `sys/leases/revoke-prefix/${mount.path}/creds/my-role`],
    [403, "GET", "creds/other"],
    [403, "GET", "creds/testing"],
    [403, "GET", "config"],
    [403, "PUT", "config", { explicit_max_ttl: 0 }],
    [403, "GET", "role/my-role"],
    [403, "PUT", "role/my-role", { max_ttl: 0 }],
    [403, "LIST", "role"],
    [403, "PUT", "rotate-role/testing"],
    [204, "PUT", "sys/leases/revoke", { ...own, sync: true }],
  ]);
  expect(await mount.statusOf(creds.data["token"])).toBe(401);
});

scenario(["POLICY_ISSUER"], "an issuer does the same on the command line", async () => {
  await using mount = await newMountWithRoles();
  const token = await tokenWithPolicy(use.server, mount, "issuer");
  const cli = (...args: readonly string[]) => use.server.cli(args, { token });
  const lease = (await cli("read", "-field=lease_id", `${mount.path}/creds/my-role`)).stdout;
  expect((await cli("lease", "renew", "-increment=1h", lease)).exitCode).toBe(0);
  expect((await cli("lease", "revoke", "-sync", lease)).exitCode).toBe(0);
  expect(
    (await cli("lease", "revoke", "-sync", "-prefix", `${mount.path}/creds/my-role`)).exitCode,
  ).toBe(2);
});

scenario(["POLICY_READER"], "a reader reads one stored token, and nothing else", async () => {
  await using mount = await newMountWithRoles();
  await expectAnswers(mount, await tokenWithPolicy(use.server, mount, "reader"), [
    [200, "GET", "creds/testing"],
    [403, "PUT", "creds/testing"],
    [403, "GET", "creds/other-stored"],
    [403, "GET", "creds/my-role"],
    [403, "GET", "role/testing"],
    [403, "LIST", "role"],
    [403, "PUT", "rotate-role/testing"],
    [403, "GET", "config"],
    [403, "PUT", "sys/leases/revoke", { lease_id: `${mount.path}/creds/my-role/x` }],
  ]);
});
