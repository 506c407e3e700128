import { readFile } from "node:fs/promises";
import { buildPlugin, LICENSES_FILE } from "@vault-ts/dev";
import { expect, test } from "vitest";

/** Licences that let code go into a plugin of any licence, as long as their notices go along. */
const SHIPPED = new Set([
  "MIT",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Apache-2.0",
  "(Apache-2.0 AND BSD-3-Clause)",
]);

/** Those, and such as concern nobody who doesn't pass the code on. */
const DEVELOPED_WITH = new Set([
  ...SHIPPED,
  "0BSD",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "CC-BY-3.0",
  "MPL-2.0",
  "Python-2.0",
  "Unlicense",
  "MIT OR Apache-2.0",
]);

/** What a manifest says in another form than SPDX's. */
const SAID_OTHERWISE: Readonly<Record<string, string>> = { tv4: "public domain, or MIT" };

/** Packages that may run a program of theirs when they are installed, and why. */
const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  esbuild: "puts the binary of this platform in its place",
  "@bufbuild/buf": "the same",
};

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = async (path: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../${path}`, import.meta.url), "utf8"));

const { packages } = (await read("package-lock.json")) as {
  packages: Record<string, LockedPackage & Manifest>;
};
const installed = Object.entries(packages).filter(
  ([path, { link }]) => path.includes("node_modules/") && !link,
);
const nameOf = (path: string) =>
  path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

test("the licences of the bundled packages allow distribution, and the build writes their notices", async () => {
  await buildPlugin();
  const notices = await readFile(LICENSES_FILE, "utf8");
  const found = [...notices.matchAll(/^(\S+ \d\S*), (.+)$/gm)].map(([, name, license]) => ({
    name,
    license,
  }));
  expect(found.length).toBeGreaterThan(2);
  expect(found.filter(({ license = "" }) => !SHIPPED.has(license))).toEqual([]);
  const texts = notices.split(/^-{80}$/m).slice(1);
  expect(
    texts.filter(
      (text) => !/copyright|The package contains no text of its licence: see \S+github/i.test(text),
    ),
  ).toEqual([]);
});

test("the licences of the development dependencies are allowed", () => {
  const others = installed.filter(([, { license }]) => !DEVELOPED_WITH.has(license ?? ""));
  expect(others.map(([path]) => nameOf(path))).toEqual(Object.keys(SAID_OTHERWISE));
});

test("only the listed packages run install scripts", () => {
  const names = installed.flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript ? [nameOf(path)] : [],
  );
  expect([...new Set(names)].sort()).toEqual(Object.keys(INSTALL_SCRIPTS).sort());
});

test("every package is pinned by its hash", () => {
  expect(
    installed
      .filter(([, { integrity }]) => !integrity?.startsWith("sha512-"))
      .map(([path]) => path),
  ).toEqual([]);
  const manifests = Object.entries(packages).filter(([path]) => !path.includes("node_modules/"));
  const asked = manifests.flatMap(([path, { dependencies, devDependencies }]) =>
    Object.entries({ ...dependencies, ...devDependencies }).map(
      ([name, version]) => `${path} ${name} ${version}`,
    ),
  );
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((text) => !/ \d+\.\d+\.\d+(?:-[\w.]+)?$/.test(text))).toEqual([]);
});
