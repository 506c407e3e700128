import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { childProcesses, type Server } from "@vault-ts/openbao";

/** Returns the processes of a plugin, and all that they have started. */
export async function pluginProcesses(server: Server, name: string): Promise<readonly number[]> {
  const pids = await server.pluginProcesses();
  const commands = await Promise.all(pids.map(commandOf));
  const roots = pids.filter((_, index) => commands[index]?.includes(name));
  return (await Promise.all(roots.map(treeOf))).flat();
}

/** A process with what it has started, and so on. */
async function treeOf(pid: number): Promise<readonly number[]> {
  const trees = await Promise.all((await childProcesses(pid)).map(treeOf));
  return [pid, ...trees.flat()];
}

/** The names of a process's program and arguments, without folders; none once it is gone. */
async function commandOf(pid: number): Promise<readonly string[]> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return line.split("\0").map((argument) => basename(argument));
}
