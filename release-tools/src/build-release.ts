import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackage, PUBLIC_PACKAGES } from "@vault-ts/dev";
import { bundlePlugin } from "@vault-ts/vault-plugin/build";
import { ARTIFACTS, DESCRIPTION, LICENSE, NAME, VERSION } from "./artifacts.ts";
import { bundledPackages, releaseNotices } from "./notices.ts";
import { ociImageLayout } from "./oci-image.ts";
import { run } from "./run.ts";
import { PLATFORMS } from "./runtimes.ts";
import { billOfMaterials } from "./sbom.ts";
import { compileStandalone } from "./standalone.ts";
import { tar } from "./tar.ts";

const ENTRY = fileURLToPath(
  new URL("../../packages/secrets-terraform/src/main.ts", import.meta.url),
);

/**
 * Makes all that is released. The same sources give the same bytes with the same versions of Node
 * and npm, wherever they are.
 *
 * @param folder Where it goes; its former content is removed.
 */
export async function buildRelease(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const notices = await buildBundle(at(ARTIFACTS.bundle));
  for (const platform of PLATFORMS) {
    await compileStandalone(at(ARTIFACTS.bundle), platform, at(ARTIFACTS.executable(platform)));
  }
  for (const libc of ["glibc", "musl"] as const) {
    const platforms = PLATFORMS.filter((platform) => platform.libc === libc);
    const executables = await Promise.all(
      platforms.map(async (platform) => ({
        architecture: platform.architecture,
        data: await readFile(at(ARTIFACTS.executable(platform))),
      })),
    );
    const image = {
      name: NAME,
      version: VERSION,
      description: DESCRIPTION,
      license: LICENSE,
      executables,
    };
    await writeFile(at(ARTIFACTS.image(libc)), tar(ociImageLayout(image)));
  }
  const contents = {
    name: NAME,
    version: VERSION,
    license: LICENSE,
    packages: bundledPackages(notices),
  };
  await writeFile(at(ARTIFACTS.sbom), billOfMaterials(contents));
  await writeFile(at(ARTIFACTS.notices), await releaseNotices(notices));
  for (const name of PUBLIC_PACKAGES) {
    await run("npm", ["pack", "--silent", "--pack-destination", folder], {
      cwd: await buildPackage(name),
    });
  }
  await writeFile(at(ARTIFACTS.checksums), await checksums(folder));
}

/** @returns the notices of what is in the bundle. */
async function buildBundle(outfile: string): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), "bundle-"));
  try {
    const licenses = join(work, "licenses.txt");
    await bundlePlugin({ entry: ENTRY, outfile: join(work, NAME), licenses });
    await copyFile(join(work, NAME), outfile);
    return await readFile(licenses, "utf8");
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** One line for each file, as `sha256sum` writes and checks them. */
async function checksums(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const lines = await Promise.all(
    names.map(async (name) => {
      const sha256 = createHash("sha256").update(await readFile(join(folder, name)));
      return `${sha256.digest("hex")}  ${name}\n`;
    }),
  );
  return lines.join("");
}
