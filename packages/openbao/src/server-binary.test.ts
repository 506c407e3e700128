import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { inspectBinary } from "./server-binary.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

describe("a program that responds", () => {
  const cases = {
    "as OpenBao": [
      "OpenBao v2.7.2 (9e0a0d3), built 2026-10-26",
      ["openbao", "2.7.2", "bao", "BAO"],
    ],
    "as Vault": [
      "Vault v1.21.0 (818ca8b), built 2025-10-21",
      ["vault", "1.21.0", "vault", "VAULT"],
    ],
    "as Vault built from its module": [
      "Vault v1.21.0, built unknown",
      ["vault", "1.21.0", "vault", "VAULT"],
    ],
    "as Vault Enterprise": [
      "Vault v1.21.0+ent (818ca8b)",
      ["vault", "1.21.0+ent", "vault", "VAULT"],
    ],
  } as const;
  test.each(Object.entries(cases))("%s", async (_, [answer, [kind, version, cli, prefix]]) => {
    await using folder = await temporaryFolder();
    const path = await folder.script("server", `[ "$1" = version ] && echo "${answer}"`);
    expect(await inspectBinary(path, "BAO_BIN", "correct it")).toEqual({
      path,
      kind,
      version,
      cli,
      prefix,
    });
  });
});

test("a relative path is made absolute: the server runs in a folder of its own", async () => {
  await using folder = await temporaryFolder();
  const path = await folder.script("server", "echo OpenBao v2.7.2");
  expect((await inspectBinary(relative(process.cwd(), path), "BAO_BIN", "correct it")).path).toBe(
    path,
  );
});

describe("a program that isn't a server", () => {
  const cases = {
    "because it doesn't exist": ["absent", "does not exist"],
    "because it may not be run": ["data", "is not an executable program"],
    "because it is a folder": [".", "is not an executable program"],
    "because it is something else": ["other", "does not respond as an OpenBao or Vault server"],
    "because it fails": ["fails", "does not respond as an OpenBao or Vault server"],
    "because it is damaged": ["damaged", "does not respond as an OpenBao or Vault server"],
  } as const;
  test.each(Object.entries(cases))("%s", async (_, [name, problem]) => {
    await using folder = await temporaryFolder();
    await folder.script("other", "echo Terraform v1.9.0");
    await folder.script("fails", "echo OpenBao v2.7.2; exit 1");
    await folder.script("data", "echo OpenBao v2.7.2", 0o644);
    await writeFile(join(folder.path, "damaged"), "\x7fELF", { mode: 0o755 });
    const path = join(folder.path, name);
    await expect(inspectBinary(path, "VAULT_BIN", "correct it")).rejects.toMatchObject({
      code: "not_a_server",
      message: `VAULT_BIN is ${path}, which ${problem}; correct it`,
    });
  });
});
