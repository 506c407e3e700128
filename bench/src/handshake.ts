/**
 * `npm run bench:handshake -- --other=FILE [--rounds=30]`: how long a plugin takes from its start
 * to its handshake line; ours and another one, in turns.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { buildPlugin } from "@vault-ts/dev";
import { makeHostCertificate } from "./host-certificate.ts";
import { median } from "./median.ts";

const { values } = parseArgs({
  options: { other: { type: "string" }, rounds: { type: "string", default: "30" } },
});
const other = values.other;
if (!other) throw new Error("--other must be the file of another plugin, such as HashiCorp's");
const rounds = Number(values.rounds);
const ours = await buildPlugin();
const { certificate: hostCertificate } = await makeHostCertificate();

const started: Times = { ours: [], other: [] };
const hashed: Times = { ours: [], other: [] };
for (let round = 0; round < rounds; round += 1) {
  for (const [name, file] of [
    ["ours", ours],
    ["other", other],
  ] as const) {
    const hashing = hash(file);
    const starting = await handshake(file);
    started[name].push(starting);
    hashed[name].push(hashing + starting);
  }
}
report("start to handshake", started);
report("the same, after the host has hashed the file as it does at each start", hashed);

interface Times {
  readonly ours: number[];
  readonly other: number[];
}

function report(what: string, times: Times): void {
  const [oursMs, otherMs] = [median(times.ours), median(times.other)];
  const ratio = (oursMs / otherMs).toFixed(2);
  console.log(
    `${what}, median of ${rounds}: ours ${oursMs.toFixed(1)} ms, other ${otherMs.toFixed(1)} ms, ratio ${ratio}`,
  );
}

/** Milliseconds for the SHA-256 of a file. */
function hash(file: string): number {
  const started = performance.now();
  createHash("sha256").update(readFileSync(file)).digest();
  return performance.now() - started;
}

/** Milliseconds from the start of the process to its line. */
function handshake(file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const plugin = spawn(file, {
      env: {
        ...process.env,
        VAULT_BACKEND_PLUGIN: "6669da05-b1c8-4f49-97d9-c8e5bed98e20",
        PLUGIN_PROTOCOL_VERSIONS: "5",
        VAULT_PLUGIN_AUTOMTLS_ENABLED: "true",
        PLUGIN_CLIENT_CERT: hostCertificate,
      },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let elapsed: number | undefined;
    plugin.once("error", reject);
    plugin.stdout.once("data", () => {
      elapsed = performance.now() - started;
      plugin.kill("SIGTERM");
    });
    plugin.once("exit", () => {
      if (elapsed === undefined) reject(new Error(`${file} ended without a handshake`));
      else resolve(elapsed);
    });
  });
}
