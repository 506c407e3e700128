import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { isAlive } from "./testing/is-alive.ts";
import { runProgram } from "./testing/run-program.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";
import { startWatchdog } from "./watchdog.ts";

/** Stops on SIGTERM, and leaves a file as evidence; another file shows when it is ready. */
const SERVER = 'trap "touch $1; exit" TERM; touch "$1.ready"; while :; do sleep 0.1; done';

/**
 * Starts a process and a watchdog for it, prints its id, and runs further code once the process is
 * up.
 */
const program = (then: string) => `
  import { spawn } from "node:child_process";
  import { existsSync } from "node:fs";
  import { setTimeout as sleep } from "node:timers/promises";
  import { startWatchdog } from "./watchdog.ts";
  const [kept, asked] = process.argv.slice(1);
  const server = ["-c", ${JSON.stringify(SERVER)}, "server", asked];
  const { pid } = spawn("sh", server, { stdio: "ignore", detached: true });
  startWatchdog(pid, kept);
  console.log(pid);
  while (!existsSync(asked + ".ready")) await sleep(10);
  ${then}
`;

describe("the process and the folder are gone after the one that started them", () => {
  const endings = {
    "is killed by SIGKILL": "setInterval(() => {}, 1000); process.kill(process.pid, 'SIGKILL');",
    "is ended by a signal": "setInterval(() => {}, 1000); process.kill(process.pid, 'SIGTERM');",
    throws: "throw new Error('unexpected');",
    exits: "process.exit(0);",
  } as const;
  // Each has its own expect: they run concurrently.
  test.concurrent.for(Object.entries(endings))("%s", async ([, then], { expect }) => {
    await using folder = await temporaryFolder();
    const kept = join(folder.path, "kept");
    const asked = join(folder.path, "asked");
    await mkdir(kept);
    const pid = Number((await runProgram(program(then), [kept, asked])).stdout);
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => [isAlive(pid), existsSync(kept)]).toEqual([false, false]);
    expect(existsSync(asked)).toBe(true);
  });
});

test("a watchdog that was dismissed does nothing", async () => {
  await using folder = await temporaryFolder();
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  await once(child, "spawn");
  startWatchdog(child.pid ?? -1, folder.path).dismiss();
  await sleep(300);
  expect(child.exitCode).toBe(null);
  expect(child.signalCode).toBe(null);
  expect(existsSync(folder.path)).toBe(true);
  child.kill("SIGKILL");
});
