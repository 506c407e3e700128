import { checkCatalog, type PluginFile } from "./catalog.ts";
import { type Finding, note, ok, wrong } from "./finding.ts";
import { checkMounts, type MountsReport } from "./mounts.ts";
import { type ServerApi, serverOf, serverVariable } from "./server-api.ts";

const SERVER = "server";

/** What the server of the environment says of the plugin; a note if the environment names none. */
export async function checkServer(
  plugin: PluginFile,
  env: NodeJS.ProcessEnv,
  now: number,
): Promise<MountsReport> {
  const only = (finding: Finding): MountsReport => ({ findings: [finding], upstreams: [] });
  try {
    const api = await serverOf(env);
    if (!api)
      return only(
        note(
          SERVER,
          "not checked",
          "set BAO_ADDR and BAO_TOKEN to check the plugin's registration and its mounts",
        ),
      );
    const health = await checkHealth(api);
    if (health.status === "wrong") return only(health);
    const token = await checkServerToken(api);
    if (token) return { findings: [health, token], upstreams: [] };
    const { findings, registered } = await checkCatalog(api, plugin);
    const mounted = await checkMounts(api, registered, now);
    return { findings: [health, ...findings, ...mounted.findings], upstreams: mounted.upstreams };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const variable = env["BAO_ADDR"] ? "BAO_ADDR" : "VAULT_ADDR";
    const remedy = `check ${variable}${serverVariable(env, "CACERT") === "" ? ", and set BAO_CACERT for a private authority" : " and BAO_CACERT"}`;
    return only(
      wrong(SERVER, `calling the server in ${variable} failed: ${message || code}`, remedy),
    );
  }
}

async function checkHealth({ origin, get }: ServerApi): Promise<Finding> {
  // A standby says 200 as well.
  const { status, body } = await get("sys/health?standbyok=true&perfstandbyok=true");
  const { sealed, version } = (body ?? {}) as { sealed?: unknown; version?: unknown };
  if (sealed === true) return wrong(SERVER, `${origin} is sealed`, 'run "bao operator unseal"');
  if (typeof version === "string") return ok(SERVER, `${origin} runs version ${version}`);
  return wrong(
    SERVER,
    `${origin} responded with status ${status}, and not as OpenBao or Vault does`,
    "correct BAO_ADDR",
  );
}

/** @returns what is wrong with the token; undefined if nothing is. */
async function checkServerToken({ hasToken, get }: ServerApi): Promise<Finding | undefined> {
  if (!hasToken)
    return note(
      "server token",
      "BAO_TOKEN is not set",
      "set it to check the catalog and the mounts",
    );
  const { status, errors } = await get("auth/token/lookup-self");
  if (status === 200) return undefined;
  return wrong(
    "server token",
    `the server rejects it: ${status} ${errors}`.trim(),
    "log in again, and set BAO_TOKEN",
  );
}
