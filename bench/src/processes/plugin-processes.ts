import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { childProcesses, type Server } from "@vault-ts/openbao";

/** Returns the processes of a plugin, and all that they have started. */
export async function pluginProcesses(server: Server, name: string): Promise<readonly number[]> {
  const pids = await server.pluginProcesses();
  const commands = await Promise.all(pids.map(commandOf));
  // Node.js has the plugin's file as an argument, and a name of its own that a plugin may have too.
  const file = join("/plugins", name);
  const roots = pids.filter((_, index) => commands[index]?.some((part) => part.endsWith(file)));
  return (await Promise.all(roots.map(treeOf))).flat();
}

/** A process with what it has started, and so on. */
async function treeOf(pid: number): Promise<readonly number[]> {
  const trees = await Promise.all((await childProcesses(pid)).map(treeOf));
  return [pid, ...trees.flat()];
}

/** A process's program and its arguments; none once it is gone. */
async function commandOf(pid: number): Promise<readonly string[]> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return line.split("\0");
}
