/**
 * `npm run test:nodes`: the tests on each version of Node.js that is supported, or on those that
 * are given, as npm's package `node` has them.
 */
import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { installNode } from "./install-node.ts";

const SUPPORTED = ["20", "22", "24", "26"];

/** Releases are built and tested with one version of Node.js. */
const PROJECTS = ["--project=unit", "--project=scenarios"];

/** @returns the exit code. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

const asked = process.argv.slice(2);
const outcomes: string[] = [];
for (const version of asked.length > 0 ? asked : SUPPORTED) {
  const folder = await installNode(version);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env["PATH"]}` };
  await run("node", ["--version"], env);
  const code = await run("node", ["node_modules/vitest/vitest.mjs", "run", ...PROJECTS], env);
  outcomes.push(`Node ${version}: ${code === 0 ? "passed" : "failed"}`);
  if (code !== 0) process.exitCode = 1;
}
console.log(outcomes.join("\n"));
