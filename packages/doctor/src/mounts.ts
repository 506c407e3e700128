import { withoutPath } from "@vault-ts/terraform-cloud";
import * as v from "valibot";
import type { Registration } from "./catalog.ts";
import { type Finding, note, ok, wrong } from "./finding.ts";
import type { ServerApi } from "./server-api.ts";
import type { Upstream } from "./upstream.ts";

const mounts = v.object({
  data: v.record(
    v.string(),
    v.object({
      type: v.string(),
      running_plugin_version: v.optional(v.string(), ""),
      running_sha256: v.optional(v.string(), ""),
    }),
  ),
});

const config = v.object({
  data: v.object({
    address: v.string(),
    base_path: v.string(),
    ca_cert: v.optional(v.string(), ""),
    token_expired_at: v.optional(v.nullable(v.string()), ""),
  }),
});

const verdict = v.object({
  data: v.object({
    ok: v.boolean(),
    error: v.optional(v.nullable(v.string()), ""),
    roles: v.optional(
      v.record(
        v.string(),
        v.object({ ok: v.boolean(), reason: v.optional(v.nullable(v.string()), "") }),
      ),
      {},
    ),
  }),
});

/** It asks Terraform Cloud for each role; the server itself gives a request 90 seconds. */
const CHECK_TIMEOUT_MS = 90_000;

/** What was found, and which Terraform Clouds the mounts call. */
export interface MountsReport {
  readonly findings: readonly Finding[];
  readonly upstreams: readonly Upstream[];
}

/**
 * The mounts of the registered plugin: what each runs, its configuration, and what its token may
 * do.
 */
export async function checkMounts(
  api: ServerApi,
  registered: readonly Registration[],
  now: number,
): Promise<MountsReport> {
  const { status, body, errors } = await api.get("sys/mounts");
  const parsed = v.safeParse(mounts, body);
  if (status !== 200 || !parsed.success) {
    const remedy = 'give the token a policy with read on "sys/mounts"';
    return {
      findings: [note("mounts", `listing the mounts failed: ${status} ${errors}`.trim(), remedy)],
      upstreams: [],
    };
  }
  // The usual name counts also where the catalog can't be read.
  const names = new Set(["terraform", ...registered.map(({ name }) => name)]);
  const ours = Object.entries(parsed.output.data).filter(([, { type }]) => names.has(type));
  const findings: Finding[] = [];
  const upstreams: Upstream[] = [];
  if (ours.length === 0) {
    findings.push(
      note("mounts", "no mount uses this plugin", 'run "bao secrets enable terraform"'),
    );
  }
  for (const [path, { running_sha256, running_plugin_version }] of ours) {
    findings.push(runningFinding(path, running_plugin_version, running_sha256, registered));
    const report = await checkConfig(api, path, now);
    findings.push(...report.findings);
    upstreams.push(...report.upstreams);
    if (report.upstreams.length > 0) findings.push(...(await checkToken(api, path)));
  }
  return { findings, upstreams };
}

function runningFinding(
  path: string,
  version: string,
  sha256: string,
  registered: readonly Registration[],
): Finding {
  if (
    sha256 === "" ||
    registered.length === 0 ||
    registered.some((entry) => entry.sha256 === sha256)
  ) {
    return ok(`mount ${path}`, version === "" ? "uses this plugin" : `runs ${version}`);
  }
  const remedy = `run "bao plugin reload -mounts=${path}"`;
  return wrong(
    `mount ${path}`,
    `runs a file with SHA-256 ${sha256}, which is no longer registered`,
    remedy,
  );
}

async function checkConfig(api: ServerApi, path: string, now: number): Promise<MountsReport> {
  const check = `config of ${path}`;
  const { status, body, errors } = await api.get(`${path}config`);
  const finding = (found: Finding) => ({ findings: [found], upstreams: [] });
  if (status === 404) {
    return finding(
      wrong(check, "the mount has no configuration", `run "bao write ${path}config token=-"`),
    );
  }
  if (status === 403) {
    return finding(
      note(
        check,
        "reading config failed: 403 permission denied",
        `give the token a policy with read on "${path}config"`,
      ),
    );
  }
  const parsed = v.safeParse(config, body);
  if (status !== 200 || !parsed.success) {
    return finding(
      wrong(
        check,
        `reading config failed: ${status} ${errors}`.trim(),
        "see the plugin's lines in the server's log",
      ),
    );
  }
  const {
    address,
    base_path: basePath,
    ca_cert: caCert,
    token_expired_at: expiry,
  } = parsed.output.data;
  return {
    findings: [expiryFinding(check, path, address, expiry ?? "", now)],
    upstreams: [{ address: withoutPath(address), basePath, caCert }],
  };
}

function expiryFinding(
  check: string,
  path: string,
  address: string,
  expiry: string,
  now: number,
): Finding {
  const expiresAt = Date.parse(expiry);
  if (expiresAt <= now) {
    const remedy = `write another token with "bao write ${path}config token=-"`;
    return wrong(check, `its token for ${address} expired at ${expiry}`, remedy);
  }
  return ok(
    check,
    `calls ${address}${Number.isNaN(expiresAt) ? "" : `, with a token that expires at ${expiry}`}`,
  );
}

async function checkToken(api: ServerApi, path: string): Promise<readonly Finding[]> {
  const check = `token of ${path}`;
  const { status, body, errors } = await api.get(`${path}check`, CHECK_TIMEOUT_MS);
  if (status === 404 || status === 405) {
    return [
      note(
        check,
        "this version of the plugin has no check path",
        "read creds of a role to see whether its token can be issued",
      ),
    ];
  }
  if (status === 403) {
    return [
      note(
        check,
        "reading check failed: 403 permission denied",
        `give the token a policy with read on "${path}check"`,
      ),
    ];
  }
  const parsed = v.safeParse(verdict, body);
  if (status !== 200 || !parsed.success) {
    return [
      wrong(
        check,
        `reading check failed: ${status} ${errors}`.trim(),
        "see the plugin's lines in the server's log",
      ),
    ];
  }
  const { ok: isOk, error, roles } = parsed.output.data;
  if (error)
    return [wrong(check, error, `write another token with "bao write ${path}config token=-"`)];
  const refused = Object.entries(roles).filter(([, role]) => !role.ok);
  if (isOk && refused.length === 0)
    return [ok(check, `works for all roles (${Object.keys(roles).length})`)];
  return refused.map(([name, { reason }]) =>
    wrong(
      `role ${path}role/${name}`,
      reason ?? "creds of this role can't be issued",
      "correct the role, or write a token with the permission to config",
    ),
  );
}
