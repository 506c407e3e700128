import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(["AUDIT"], "the audit log has each request, and no token in clear", async () => {
  const folder = await mkdtemp(join(tmpdir(), "audit-"));
  try {
    const file_path = join(folder, "audit.log");
    await request(use.server, "PUT", "sys/audit/file", { type: "file", options: { file_path } });
    await using mount = await newMount(use.server);
    await mount.configure();
    const { organization, token } = mount.simulator.credentials;
    await mount.write("role/ci", { user_id: "user-12345abcde" });
    await mount.write("role/org", { organization });
    const before = await mount.read("creds/org");
    await mount.write("rotate-role/org");
    const after = await mount.read("creds/org");
    const leased = await mount.read("creds/ci");
    await request(use.server, "PUT", "sys/leases/renew", { lease_id: leased.leaseId });
    await request(use.server, "PUT", "sys/leases/revoke", { lease_id: leased.leaseId, sync: true });
    await mount.write("config", { token: "refused-by-terraform-cloud" });

    const log = await readFile(file_path, "utf8");
    const answers = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as AuditEntry)
      .filter(
        ({ type, request: { path } }) => type === "response" && path.startsWith(`${mount.path}/`),
      );
    expect(answers.map(({ request: { operation, path } }) => `${operation} ${path}`)).toEqual(
      [
        "create config",
        "update role/ci",
        "update role/org",
        "read creds/org",
        "update rotate-role/org",
        "read creds/org",
        "read creds/ci",
        "update config",
      ].map((line) => line.replace(" ", ` ${mount.path}/`)),
    );
    expect(answers[0]?.request.data?.["token"]).toMatch(/^hmac-sha256:/);
    expect(answers[6]?.response?.data?.["token"]).toMatch(/^hmac-sha256:/);

    const tokens = [before, after, leased].map(({ data }) => String(data["token"]));
    for (const secret of [...tokens, token, "refused-by-terraform-cloud"]) {
      expect(secret.length).toBeGreaterThan(20);
      expect(log.includes(secret)).toBe(false);
    }
  } finally {
    await request(use.server, "DELETE", "sys/audit/file");
    await rm(folder, { recursive: true });
  }
});

/** One line of an audit log. */
interface AuditEntry {
  readonly type: "request" | "response";
  readonly request: {
    readonly operation: string;
    readonly path: string;
    readonly data?: Readonly<Record<string, unknown>>;
  };
  readonly response?: { readonly data?: Readonly<Record<string, unknown>> };
}
