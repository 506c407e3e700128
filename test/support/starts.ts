import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PLUGIN_FILE } from "@vault-ts/dev";
import type { Server } from "@vault-ts/openbao";
import { vi } from "vitest";
import { type Answer, request } from "./mount.ts";

let registered = 0;

/**
 * Registers the engine again, with an environment of its own, which makes the server start it.
 */
export async function registerWith(
  server: Server,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly name: string; readonly answer: Answer }> {
  registered += 1;
  const name = `start-${registered}`;
  const sha256 = createHash("sha256")
    .update(await readFile(PLUGIN_FILE))
    .digest("hex");
  const answer = await request(server, "PUT", `sys/plugins/catalog/secret/${name}`, {
    // The file that the server has as `terraform`.
    command: "terraform",
    sha256,
    env: Object.entries(env).map((pair) => pair.join("=")),
  });
  return { name, answer };
}

/**
 * What the plugin says when a mount of it can't be enabled, with an environment of its own. Each of
 * its processes leaves the same line at ERROR, which the client is shown as well.
 *
 * @throws Error if there are more lines, or fewer, than processes.
 */
export async function failedStart(
  server: Server,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { name } = await registerWith(server, env);
  const before = server.logs.length;
  const { status, errors } = await request(server, "POST", `sys/mounts/${name}`, { type: name });
  if (status !== 400) throw new Error(`the plugin started: HTTP status ${status}`);
  const ended = () =>
    server.logs.slice(before).filter((line) => line.includes("plugin process exited"));
  // A server tries again in the way of an older protocol.
  await vi.waitFor(() => {
    if (ended().length < 2) throw new Error(server.logs.slice(before).join("\n"));
  }, 10_000);
  const said = server.logs.slice(before).flatMap((line) => {
    const [, reason] = /\[ERROR\].*? (starting the plugin failed: .*)/.exec(line) ?? [];
    return reason === undefined || line.includes("Unrecognized") ? [] : [reason];
  });
  if (said.length !== ended().length) throw new Error(server.logs.slice(before).join("\n"));
  const [reason = ""] = said;
  if (!errors.join().includes(reason.slice(0, 60))) throw new Error(errors.join());
  return reason;
}
