import { expect } from "vitest";
import { installHvac, runHvac } from "../support/hvac.ts";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(["CLIENT_HVAC"], "hvac runs each operation of the engine", async () => {
  await using mount = await newMount(use.server);
  const { address, credentials } = mount.simulator;
  const { organization, token } = credentials;
  const out = await runHvac(await installHvac(), {
    address: use.server.address,
    token: use.server.rootToken,
    mount: mount.path,
    config: { address, token },
    stored: { organization },
    leased: { user_id: "user-12345abcde", ttl: "1h", max_ttl: "3h" },
  });
  expect(out).toMatchObject({
    config: { address },
    roles: ["ci", "org"],
    role: { name: "ci", ttl: 3600, max_ttl: 10_800 },
    before: { organization, role: "org" },
    creds: {
      lease_duration: 3600,
      renewable: true,
      data: { token_id: expect.stringMatching(/^at-/) },
    },
    renewal: { lease_duration: 7200, renewable: true },
    refused: {
      class: "InvalidRequest",
      message: expect.stringMatching(/: field "ttl" must be a duration/),
    },
    unknown: {
      class: "InvalidRequest",
      message: expect.stringMatching(/^there is no role "unknown"/),
    },
    deleted: null,
    left: ["org"],
  });
  const { before, after, creds } = out as Record<
    string,
    { token: unknown; data: { token: unknown } }
  >;
  expect(await mount.statusOf(before?.token)).toBe(401);
  expect(await mount.statusOf(after?.token)).toBe(200);
  await expect.poll(() => mount.statusOf(creds?.data.token)).toBe(401);
});
