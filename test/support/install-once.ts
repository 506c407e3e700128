import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder } from "@vault-ts/openbao";

/**
 * Fills a folder of the cache, unless it is there already. Several processes may do so at once, and
 * one that is killed leaves no half of it: the folder appears whole.
 *
 * @param name Of the folder, with the version of what is in it.
 * @param fill Gets the path of an empty folder.
 * @returns its path.
 */
export async function installOnce(
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (await isThere(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}-`);
  try {
    await fill(work);
    // The first one wins; the folder of another run is as good.
    await rename(work, folder).catch(async (error: unknown) => {
      if (!(await isThere(folder))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
