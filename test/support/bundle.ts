import { open } from "node:fs/promises";
import { PLUGIN_FILE } from "@vault-ts/dev";

/** What to say of a test of what `sh` and Node.js do with the plugin. */
export const NO_BUNDLE = "the plugin is an executable: neither sh nor Node.js starts it";

/** Whether the plugin is the file for Node.js. It isn't where `PLUGIN` names an executable. */
export const IS_BUNDLE = (await firstBytes(PLUGIN_FILE, 2)) === "#!";

async function firstBytes(path: string, count: number): Promise<string> {
  await using file = await open(path);
  const { buffer } = await file.read({ buffer: Buffer.alloc(count) });
  return buffer.toString("latin1");
}
