import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const PLUGIN = fileURLToPath(new URL("plugin.ts", import.meta.url));

export interface StartedPlugin {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** What it has written to its standard error so far. */
  stderr(): string;
  /** All that it has written to its standard output so far. */
  stdout(): string;
  /** The fields of its handshake line. */
  readonly line: Promise<readonly string[]>;
  /** The exit code, or the signal. */
  readonly ended: Promise<number | string>;
}

/** Starts the plugin of these fixtures, as a host does, with more environment, or less. */
export function startPlugin(env: NodeJS.ProcessEnv): StartedPlugin {
  return startPluginFile(process.execPath, ["--import", "tsx", PLUGIN], {
    TEST_PLUGIN: "hello",
    PLUGIN_PROTOCOL_VERSIONS: "5",
    ...env,
  });
}

/** Starts any plugin, with all the environment of this process and what its host adds. */
export function startPluginFile(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): StartedPlugin {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const line = new Promise<readonly string[]>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      const [whole, rest] = stdout.split("\n");
      if (whole !== undefined && rest !== undefined) resolve(whole.split("|"));
    });
  });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return { process: child, stdout: () => stdout, stderr: () => stderr, line, ended };
}
