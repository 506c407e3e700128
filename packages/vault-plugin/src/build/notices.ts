import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";

/** A package with code in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** The licence in its manifest, such as `MIT`. */
  readonly license: string;
  /** The text of its licence, or its address if the package has no licence file. */
  readonly text: string;
}

const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/**
 * Returns the npm packages that files belong to, by name and version.
 *
 * @param files Paths of the files in a bundle.
 */
export async function packagesOf(files: Iterable<string>): Promise<readonly BundledPackage[]> {
  const folders = new Set([...files].flatMap((file) => packageFolder(file) ?? []));
  const packages = await Promise.all([...folders].map(readPackage));
  const keyOf = ({ name, version }: BundledPackage) => `${name} ${version}`;
  return packages.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Returns the notices that most licences require with each copy of the code. */
export function noticesOf(packages: readonly BundledPackage[]): string {
  const notices = packages.map(({ name, version, license, text }) =>
    [`${name} ${version}, ${license}`, text.trim()].join("\n\n"),
  );
  const rule = `\n\n${"-".repeat(80)}\n\n`;
  return `This plugin contains code of the following packages.${rule}${notices.join(rule)}\n`;
}

/** Returns the folder of a file's package; undefined if it has none. */
function packageFolder(file: string): string | undefined {
  const marker = `node_modules${sep}`;
  const start = file.lastIndexOf(marker);
  if (start < 0) return undefined;
  const [first = "", second = ""] = file.slice(start + marker.length).split(sep);
  return (
    file.slice(0, start + marker.length) + (first.startsWith("@") ? join(first, second) : first)
  );
}

interface Manifest extends Partial<Pick<BundledPackage, "name" | "version" | "license">> {
  readonly repository?: string | { readonly url?: string };
}

async function readPackage(folder: string): Promise<BundledPackage> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const { name = "", version = "", license = "unknown", repository } = manifest as Manifest;
  const files = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const source = typeof repository === "string" ? repository : repository?.url;
  const text =
    texts.join("\n") ||
    `The package contains no text of its licence: see ${source ?? "its authors"}.`;
  return { name, version, license, text };
}
