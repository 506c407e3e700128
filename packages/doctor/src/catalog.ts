import { basename } from "node:path";
import * as v from "valibot";
import { type Finding, note, ok, wrong } from "./finding.ts";
import type { ServerApi } from "./server-api.ts";

const CATALOG = "catalog";

const catalog = v.object({
  data: v.object({
    detailed: v.array(
      v.object({
        name: v.string(),
        type: v.string(),
        builtin: v.optional(v.boolean(), false),
        sha256: v.optional(v.string(), ""),
        version: v.optional(v.string(), ""),
      }),
    ),
  }),
});

const registration = v.object({ data: v.object({ command: v.optional(v.string(), "") }) });

/** The plugin's file, as the doctor found it. */
export interface PluginFile {
  readonly file: string;
  readonly sha256: string;
}

export interface Registration {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/**
 * What the catalog has of this plugin: entries with the file's hash, its name as their command, or
 * the engine's name.
 */
export async function checkCatalog(
  api: ServerApi,
  plugin: PluginFile,
): Promise<{
  readonly findings: readonly Finding[];
  readonly registered: readonly Registration[];
}> {
  const { status, body, errors } = await api.get("sys/plugins/catalog");
  const parsed = v.safeParse(catalog, body);
  if (status !== 200 || !parsed.success) {
    const remedy = 'give the token a policy with read on "sys/plugins/catalog"';
    const finding = note(
      CATALOG,
      `reading the plugin catalog failed: ${status} ${errors}`.trim(),
      remedy,
    );
    return { findings: [finding], registered: [] };
  }
  const external = parsed.output.data.detailed.filter(
    ({ type, builtin }) => type === "secret" && !builtin,
  );
  const registered: Registration[] = [];
  for (const entry of external) if (await isThisPlugin(api, plugin, entry)) registered.push(entry);
  return { findings: [registrationFinding(plugin, registered)], registered };
}

async function isThisPlugin(
  api: ServerApi,
  { file, sha256 }: PluginFile,
  entry: Registration,
): Promise<boolean> {
  if (entry.sha256 === sha256 || entry.name === "terraform") return true;
  const version = entry.version === "" ? "" : `?version=${encodeURIComponent(entry.version)}`;
  const { body } = await api.get(
    `sys/plugins/catalog/secret/${encodeURIComponent(entry.name)}${version}`,
  );
  const parsed = v.safeParse(registration, body);
  return parsed.success && basename(parsed.output.data.command) === basename(file);
}

function registrationFinding(
  { file, sha256 }: PluginFile,
  registered: readonly Registration[],
): Finding {
  const register = (name: string) =>
    `copy the file into the server's plugin_directory, and run "bao plugin register -sha256=${sha256} -command=${basename(file)} secret ${name}"`;
  const [first] = registered;
  if (!first) return wrong(CATALOG, "this plugin is not registered", register("terraform"));
  const same = registered.find((entry) => entry.sha256 === sha256);
  if (same)
    return ok(CATALOG, `"${same.name}" ${same.version} is registered with this file's SHA-256`);
  return wrong(
    CATALOG,
    `"${first.name}" ${first.version} is registered with SHA-256 ${first.sha256}, and this file's is ${sha256}`,
    register(first.name),
  );
}
