import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { runCommand } from "@vault-ts/openbao";

const PROGRAM = fileURLToPath(new URL("../go-framework/", import.meta.url));
const RECORDED = fileURLToPath(new URL("../../packages/vault-plugin/recorded/", import.meta.url));

const OPENBAO_SDK = "github.com/openbao/openbao/sdk/v2";
const VAULT_SDK = "github.com/hashicorp/vault/sdk";

/** Runs the Go program in `folder` on the cases. @returns its JSON. */
function run(folder: string, cases: string): string {
  const { error, status, stdout, stderr } = spawnSync("go", ["run", "."], {
    cwd: folder,
    input: cases,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error)
    throw new Error(
      "Recording needs Go 1.25 or newer on the PATH: see https://go.dev/doc/install.",
    );
  if (status !== 0) throw new Error(`The Go program failed:\n${stderr}`);
  return stdout;
}

/**
 * Runs the same program with Vault's framework, whose packages differ from OpenBao's only in their
 * module's name.
 */
async function withVaultsFramework<T>(use: (folder: string) => T): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "go-framework-"));
  try {
    await cp(join(PROGRAM, "vault"), folder, { recursive: true });
    for (const file of (await readdir(PROGRAM)).filter((name) => name.endsWith(".go"))) {
      const source = await readFile(join(PROGRAM, file), "utf8");
      await writeFile(join(folder, file), source.replaceAll(OPENBAO_SDK, VAULT_SDK));
    }
    return use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The parts that both frameworks have in common: their OpenAPI documents differ. */
function common(recording: string): unknown {
  const { fields, requests, help } = JSON.parse(recording);
  return { fields, requests, help };
}

/**
 * Records the results of the frameworks for Go, OpenBao's and Vault's, for the cases that our own
 * is compared with.
 */
await runCommand(async () => {
  const cases = await readFile(join(RECORDED, "go-framework-cases.json"), "utf8");
  const openbao = run(PROGRAM, cases);
  const vault = await withVaultsFramework((folder) => run(folder, cases));
  if (!isDeepStrictEqual(common(openbao), common(vault))) {
    throw new Error(
      "The frameworks of OpenBao and Vault differ: one recording can't represent both.",
    );
  }
  // Unchanged: parsed and written again, its numbers would lose digits.
  const file = join(RECORDED, "go-framework.json");
  await writeFile(file, openbao);
  spawnSync("npx", ["biome", "format", "--write", file]);
  process.stdout.write(`recorded ${file}\n`);
});
