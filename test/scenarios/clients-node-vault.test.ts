import vault, { type client } from "node-vault";
import { expect } from "vitest";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

function connect(): client {
  return vault({ endpoint: use.server.address, token: use.server.rootToken });
}

scenario(
  ["CLIENT_NODE_VAULT"],
  "node-vault writes, reads, lists, rotates and deletes",
  async () => {
    await using mount = await newMount(use.server);
    const { path, simulator } = mount;
    const { organization, token } = simulator.credentials;
    const node = connect();

    await node.write(`${path}/config`, { address: simulator.address, token });
    expect((await node.read(`${path}/config`)).data).toMatchObject({ address: simulator.address });
    await node.write(`${path}/role/org`, { organization });
    await node.write(`${path}/role/ci`, { user_id: "user-12345abcde", ttl: "1h", max_ttl: "3h" });
    expect((await node.list(`${path}/role`)).data).toEqual({ keys: ["ci", "org"] });
    expect((await node.read(`${path}/role/ci`)).data).toMatchObject({
      name: "ci",
      ttl: 3600,
      max_ttl: 10_800,
    });

    const before = (await node.read(`${path}/creds/org`)).data;
    expect(before).toMatchObject({ organization, role: "org" });
    await node.write(`${path}/rotate-role/org`, {});
    const after = (await node.read(`${path}/creds/org`)).data;
    expect(await mount.statusOf(before.token)).toBe(401);
    expect(await mount.statusOf(after.token)).toBe(200);

    await node.delete(`${path}/role/org`);
    expect((await node.list(`${path}/role`)).data).toEqual({ keys: ["ci"] });
    expect(await mount.statusOf(after.token)).toBe(401);
  },
);

scenario(["CLIENT_NODE_VAULT"], "node-vault renews and revokes leases", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  await mount.write("role/ci", { user_id: "user-12345abcde", ttl: "1h", max_ttl: "3h" });
  const node = connect();
  const { lease_id, lease_duration, renewable, data } = await node.read(`${mount.path}/creds/ci`);
  expect({ lease_duration, renewable }).toEqual({ lease_duration: 3600, renewable: true });
  expect(await mount.statusOf(data.token)).toBe(200);
  expect(await node.renew({ lease_id, increment: 7200 })).toMatchObject({
    lease_id,
    lease_duration: 7200,
  });
  await node.revoke({ lease_id });
  await expect.poll(() => mount.statusOf(data.token)).toBe(401);
});

scenario(["CLIENT_NODE_VAULT"], "node-vault reports errors with status and message", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  const node = connect();
  const failures = [
    [
      () => node.write(`${mount.path}/role/ci`, { user_id: "user-12345abcde", ttl: "soon" }),
      400,
      /: field "ttl" must be a duration/,
    ],
    [() => node.read(`${mount.path}/role/ci`), 404, /^Status 404$/],
    [() => node.read(`${mount.path}/creds/ci`), 400, /^there is no role "ci"/],
  ] as const;
  for (const [call, statusCode, message] of failures) {
    await expect(call()).rejects.toMatchObject({
      response: { statusCode },
      message: expect.stringMatching(message),
    });
  }
});
