import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

const document = await readFile(new URL("../../docs/tokens.md", import.meta.url), "utf8");

/** What a server may round off, in seconds. */
const ROUNDED = 2;

scenario(["LEASE_TTL", "LEASE_EXPIRY"], "leases last as the document calculates", async () => {
  const rows = [...document.matchAll(/^((?:\| +\d+\w* +){7}\|) +(\w+) and 5 s +\|$/gm)];
  expect(rows.length).toBe(8);
  for (const [, row = "", expiry = ""] of rows) {
    const [ttl, max_ttl, default_lease_ttl, max_lease_ttl, explicit_max_ttl, lease, longest] =
      row.match(/\d+\w*/g) ?? [];
    await using mount = await newMount(use.server, { default_lease_ttl, max_lease_ttl });
    await mount.configure({ explicit_max_ttl });
    const { teamId } = mount.simulator.credentials;
    await mount.write("role/a", { team_id: teamId, credential_type: "team", ttl, max_ttl });
    const before = Date.now();
    const { leaseId, leaseDuration, data } = await mount.read("creds/a");
    const lifetime = (Date.parse(String(data["expired_at"])) - Date.now()) / 1000;
    const renewed = await request(use.server, "PUT", "sys/leases/renew", {
      lease_id: leaseId,
      increment: "100h",
    });

    expect(leaseDuration, row).toBe(seconds(lease));
    const passed = (Date.now() - before) / 1000;
    for (const [actual, limit] of [
      [renewed.leaseDuration, seconds(longest)],
      [lifetime, seconds(expiry) + 5],
    ] as const) {
      expect(actual, row).toBeLessThanOrEqual(limit);
      expect(actual, row).toBeGreaterThan(limit - ROUNDED - passed);
    }
  }
});

function seconds(duration = ""): number {
  const [, count, unit] = /^(\d+)([mh])$/.exec(duration) ?? [];
  return Number(count) * (unit === "h" ? 3600 : 60);
}
