import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findServer, startDevServer } from "@vault-ts/openbao";
import { bundlePlugin } from "@vault-ts/vault-plugin/build";
import { expect } from "vitest";
import { request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";

const ENTRY = fileURLToPath(
  new URL("../../examples/one-time-passwords/src/main.ts", import.meta.url),
);

scenario(
  ["ANOTHER_PLUGIN"],
  "the example, another plugin on the same framework, runs on a real server",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "example-"));
    try {
      const file = join(folder, "one-time-passwords");
      await bundlePlugin({ entry: ENTRY, outfile: file });
      await using server = await startDevServer({
        binary: await findServer(),
        plugins: [{ name: "otp", file }],
      });
      await request(server, "POST", "sys/mounts/otp", { type: "otp" });

      const issued = await request(server, "GET", "otp/password/ann?length=16");
      expect(issued).toMatchObject({ status: 200, leaseDuration: 60, renewable: true });
      const { password } = issued.data;
      expect(password).toMatch(/^[\w-]{16}$/);
      expect((await request(server, "PUT", "otp/verify", { password })).data).toEqual({
        valid: true,
        user: "ann",
      });
      expect((await request(server, "PUT", "otp/verify", { password })).data).toEqual({
        valid: false,
      });

      const { leaseId, data } = await request(server, "GET", "otp/password/bob");
      expect(
        (await request(server, "PUT", "sys/leases/revoke", { lease_id: leaseId, sync: true }))
          .status,
      ).toBe(204);
      expect((await request(server, "PUT", "otp/verify", data)).data).toEqual({ valid: false });

      const refused = await request(server, "PUT", "otp/verify", {});
      expect(refused).toMatchObject({
        status: 400,
        errors: ['Field validation failed: missing required field "password"'],
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
