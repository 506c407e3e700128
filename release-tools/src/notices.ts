import { readFile } from "node:fs/promises";

/** A package whose code is in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

const RULE = `\n${"=".repeat(80)}\n\n`;
const NOTICES = new URL("../notices/", import.meta.url);

/**
 * What is to be told of the code of others in a release: in the bundle, and in the runtime of the
 * executables.
 */
export async function releaseNotices(bundleNotices: string): Promise<string> {
  const files = ["bun.txt", "LGPL-2.0.txt", "LGPL-2.1.txt"];
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, NOTICES), "utf8")));
  return [bundleNotices, ...texts].join(RULE);
}

/** The packages that the notices of a bundle describe. */
export function bundledPackages(bundleNotices: string): readonly BundledPackage[] {
  return [...bundleNotices.matchAll(/^(\S+) (\d\S*), (.+)$/gm)].map(
    ([, name = "", version = "", license = ""]) => ({ name, version, license }),
  );
}
