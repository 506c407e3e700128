import { expect } from "vitest";
import { startAgent } from "../support/agent.ts";
import { newMount, request } from "../support/mount.ts";
import { tokenWithPolicy } from "../support/policies.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(
  ["CLIENT_AGENT"],
  "an agent renews a leased token, and gets another when it expires",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/my-role", { user_id: "user-12345abcde", ttl: 4, max_ttl: 20 });
    const login = await tokenWithPolicy(use.server, mount, "issuer", { withDefault: true });
    await using agent = await startAgent(use.server, login, `${mount.path}/creds/my-role`);

    await expect.poll(agent.token).not.toBe("");
    const first = await agent.token();
    expect(await mount.statusOf(first)).toBe(200);

    const leases = `${mount.path}/creds/my-role`;
    const keys = (await request(use.server, "LIST", `sys/leases/lookup/${leases}`)).data["keys"];
    expect(keys).toHaveLength(1);
    const lease_id = `${leases}/${String(keys)}`;
    const lookUp = () => request(use.server, "PUT", "sys/leases/lookup", { lease_id });
    await expect.poll(async () => (await lookUp()).data["last_renewal"]).toMatch(/^\d{4}-/);
    expect(await agent.token()).toBe(first);
    expect(await mount.statusOf(first)).toBe(200);

    await expect.poll(agent.token).not.toBe(first);
    expect(await mount.statusOf(await agent.token())).toBe(200);
    await expect.poll(() => mount.statusOf(first)).toBe(401);
  },
);

scenario(["CLIENT_AGENT"], "an agent gets the new stored token after a rotation", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  await mount.write("role/testing", { organization: mount.simulator.credentials.organization });
  const login = await tokenWithPolicy(use.server, mount, "reader", { withDefault: true });
  await using agent = await startAgent(use.server, login, `${mount.path}/creds/testing`);

  await expect.poll(agent.token).not.toBe("");
  const first = await agent.token();
  expect(await mount.statusOf(first)).toBe(200);
  await mount.write("rotate-role/testing");
  expect(await mount.statusOf(first)).toBe(401);
  await expect.poll(agent.token).not.toBe(first);
  expect(await mount.statusOf(await agent.token())).toBe(200);
});
