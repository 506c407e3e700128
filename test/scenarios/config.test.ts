import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expect } from "vitest";
import { newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(
  ["CONFIG_READ", "CONFIG_VERIFIED"],
  "config returns its settings, and never the token",
  async () => {
    await using mount = await newMount(use.server);
    expect((await mount.read("config")).status).toBe(404);
    await mount.configure();
    const { status, data } = await mount.read("config");
    expect(status).toBe(200);
    expect(data).toEqual({
      address: mount.simulator.address,
      base_path: "/api/v2/",
      request_timeout: 30,
      explicit_max_ttl: 0,
      drift_check_period: 3600,
      token_owner_type: "user",
      owner_id: "user-12345abcde",
      token_id: expect.stringMatching(/^at-/),
      token_expired_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(JSON.stringify(data)).not.toContain(mount.simulator.credentials.token);
  },
);

scenario(
  ["CONFIG_MERGE"],
  "a write leaves absent fields unchanged, and delete removes all",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure({ explicit_max_ttl: "2d", request_timeout: 10 });
    expect((await mount.write("config", { token: mount.simulator.credentials.token })).status).toBe(
      204,
    );
    const { data } = await mount.read("config");
    expect(data).toMatchObject({
      address: mount.simulator.address,
      explicit_max_ttl: 172_800,
      request_timeout: 10,
    });
    expect((await mount.write("config", { explicit_max_ttl: 0 })).status).toBe(204);
    expect((await mount.read("config")).data["explicit_max_ttl"]).toBe(0);
    expect((await mount.delete("config")).status).toBe(204);
    expect((await mount.read("config")).status).toBe(404);
    expect((await mount.delete("config")).status).toBe(204);
  },
);

scenario(["CONFIG_VERIFIED"], "a rejected token changes nothing", async () => {
  await using mount = await newMount(use.server);
  const { address } = mount.simulator;
  const refused = await mount.write("config", { address, token: "no-such-token" });
  expect(refused.status).toBe(400);
  expect(refused.errors.join()).toContain(
    "the configuration was not stored: verifying the token failed",
  );
  expect(refused.errors.join()).not.toContain("no-such-token");
  expect((await mount.read("config")).status).toBe(404);

  await mount.configure();
  expect(
    (await mount.write("config", { token: "no-such-token", explicit_max_ttl: 60 })).status,
  ).toBe(400);
  expect((await mount.read("config")).data).toMatchObject({
    explicit_max_ttl: 0,
    owner_id: "user-12345abcde",
  });

  expect(
    (await mount.write("config", { token: "no-such-token", verify_connection: false })).status,
  ).toBe(204);
  expect((await mount.read("config")).data).toMatchObject({ owner_id: "", token_id: "" });
});

scenario(
  ["CONFIG_ADDRESS"],
  "an address without a token is pending, and is sent no token",
  async () => {
    await using mount = await newMount(use.server);
    await using other = await startSimulator();
    await mount.configure();

    const moved = await mount.write("config", { address: other.address });
    expect(moved.status).toBe(200);
    expect(moved.warnings.join()).toContain(other.address);
    expect((await mount.read("config")).data).toMatchObject({
      address: mount.simulator.address,
      pending_address: other.address,
    });
    await mount.write("role/a", { user_id: "user-12345abcde" });
    expect((await mount.read("creds/a")).status).toBe(200);
    expect(other.requests).toEqual([]);

    expect(await mount.write("config", { token: other.credentials.token })).toMatchObject({
      status: 200,
      warnings: [
        expect.stringContaining(
          `tokens created at ${mount.simulator.address} can no longer be revoked`,
        ),
      ],
    });
    const { data } = await mount.read("config");
    expect(data["address"]).toBe(other.address);
    expect(data).not.toHaveProperty("pending_address");
  },
);

scenario(
  ["CONFIG_EXISTENCE"],
  "policies distinguish the first write of config from later ones",
  async () => {
    await using mount = await newMount(use.server);
    const tokenWith = async (capability: string) => {
      const policy = `path "${mount.path}/config" { capabilities = ["${capability}"] }`;
      await request(use.server, "PUT", `sys/policies/acl/${capability}-${mount.path}`, { policy });
      const { body } = await use.server.request("POST", "auth/token/create", {
        policies: [`${capability}-${mount.path}`],
      });
      return String((body as { auth: { client_token: string } }).auth.client_token);
    };
    const { address, credentials } = mount.simulator;
    const config = { address, token: credentials.token };
    const [creator, updater] = [await tokenWith("create"), await tokenWith("update")];
    const write = (token: string) =>
      request(use.server, "PUT", `${mount.path}/config`, config, token);
    expect((await write(updater)).status).toBe(403);
    expect((await write(creator)).status).toBe(204);
    expect((await write(creator)).status).toBe(403);
    expect((await write(updater)).status).toBe(204);
  },
);

scenario(["CONFIG_MERGE", "BAD_INPUT"], "a mount without a token returns a warning", async () => {
  await using mount = await newMount(use.server);
  const first = await mount.write("config", { address: mount.simulator.address });
  expect(first.status).toBe(200);
  expect(first.warnings).toEqual([
    "this mount has no Terraform Cloud token yet: write one to config",
    `the connection to ${mount.simulator.address} is pending: it takes effect when the same client writes a token within 10 minutes; until then the mount can't be used`,
  ]);
  await mount.write("role/a", { user_id: "user-12345abcde" });
  const refused = await mount.read("creds/a");
  expect(refused.status).toBe(400);
  expect(refused.errors).toEqual([
    "this mount has no Terraform Cloud token yet: write one to config",
  ]);
  expect((await mount.write("config", { token: mount.simulator.credentials.token })).status).toBe(
    204,
  );
  expect((await mount.read("creds/a")).status).toBe(200);
});
