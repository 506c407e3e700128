import { ok } from "./finding.ts";
import { DEFAULT_UPSTREAM, type Options, parseOptions, USAGE } from "./options.ts";
import { checkMode, checkRuntime, type Runtime, sha256Of } from "./plugin-file.ts";
import { isHealthy, reportOf } from "./report.ts";
import { checkHandshake } from "./self-handshake.ts";
import { checkServer } from "./server.ts";
import { serverVariable } from "./server-api.ts";
import { checkUpstream, type Upstream } from "./upstream.ts";

export interface DoctorOptions {
  /** The plugin's version. */
  readonly version: string;
  /** The plugin's file, which a server would run. */
  readonly file: string;
  readonly runtime: Runtime;
  /** What follows `doctor` on the command line. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * Looks at all that a running plugin needs, and prints what it finds. @returns the exit code: 1 if
 * anything is wrong, 2 for a wrong command line.
 */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const { args, env, stdout, stderr } = options;
  let parsed: Options;
  try {
    parsed = await parseOptions(args);
  } catch (error) {
    stderr(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  const findings = await examine(options, parsed.upstream);
  stdout(reportOf(findings, parsed.json, [serverVariable(env, "TOKEN")]));
  return isHealthy(findings) ? 0 : 1;
}

async function examine(
  { version, file, runtime, env }: DoctorOptions,
  given: Upstream | undefined,
) {
  const sha256 = await sha256Of(file);
  const server = await checkServer({ file, sha256 }, env, Date.now());
  const called = given ? [given] : server.upstreams;
  const upstreams = called.length > 0 ? called : [DEFAULT_UPSTREAM];
  // Mounts that call the same are looked at once.
  const distinct = [
    ...new Map(upstreams.map((upstream) => [JSON.stringify(upstream), upstream])).values(),
  ];
  return [
    ok("version", version),
    checkRuntime(runtime),
    await checkMode(file),
    ok("sha256", sha256),
    await checkHandshake(file, env),
    ...server.findings,
    ...(await Promise.all(distinct.map((upstream) => checkUpstream(upstream, env)))).flat(),
  ];
}
