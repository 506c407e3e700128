import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runDoctor } from "./doctor.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "doctor-"));
  file = join(folder, "plugin");
  await writeFile(file, '#!/bin/sh\necho "1|5|unix|/tmp/x|grpc|abc"; exec sleep 5\n', {
    mode: 0o755,
  });
});
afterAll(() => rm(folder, { recursive: true }));

async function run(args: readonly string[], version = "v20.18.0") {
  const printed = { stdout: "", stderr: "" };
  const exitCode = await runDoctor({
    version: "v1.2.3",
    file,
    runtime: { name: "Node.js", version, path: "/usr/bin/node" },
    args,
    env: { PATH: "/usr/bin:/bin" },
    stdout: (text) => {
      printed.stdout += text;
    },
    stderr: (text) => {
      printed.stderr += text;
    },
  });
  return { exitCode, ...printed };
}

test("the exit code is 0 if all checks pass, and 1 if one fails", async () => {
  await using simulator = await startSimulator();
  const healthy = await run([`--address=${simulator.address}`]);
  expect(healthy.stdout.split("\n").map((line) => line.slice(0, 20))).toEqual([
    "ok     version: v1.2",
    "ok     runtime: Node",
    "ok     file mode: /t",
    expect.stringMatching(/^ok {5}sha256: [\da-f]{5}$/),
    "ok     handshake: co",
    "note   server: not c",
    "ok     terraform clo",
    "ok     clock: within",
    "ok     rate limit: 3",
    "",
  ]);
  expect(healthy.exitCode).toBe(0);
  const old = await run([`--address=${simulator.address}`, "--json"], "v18.0.0");
  expect(JSON.parse(old.stdout)).toMatchObject({ ok: false });
  expect(old.exitCode).toBe(1);
});

test.for([["--adress=x"], ["--ca-cert=/no/such/file"], ["anything"]])(
  "%s is a wrong command line: exit code 2, with the usage",
  async (args) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("usage: vault-plugin-secrets-terraform doctor");
  },
);
