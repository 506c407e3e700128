import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

const { version } = JSON.parse(await read("package.json")) as { version: string };

test("every workspace has the version of the root, and asks the others for it", async () => {
  const { packages } = JSON.parse(await read("package-lock.json")) as {
    packages: Record<string, Manifest>;
  };
  const workspaces = Object.keys(packages).filter((path) => !path.includes("node_modules"));
  expect(workspaces.length).toBeGreaterThan(8);
  for (const path of workspaces) {
    const manifest = JSON.parse(
      await read(path === "" ? "package.json" : `${path}/package.json`),
    ) as Manifest;
    expect([path, manifest.version]).toEqual([path, version]);
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect([
      path,
      asked.filter(([name, wanted]) => name.startsWith("@vault-ts/") && wanted !== version),
    ]).toEqual([path, []]);
  }
});

test("the changelog and the documents describe that version", async () => {
  expect(await read("CHANGELOG.md")).toContain(`## [${version}]`);
  for (const document of ["docs/install.md", "docs/migration.md", "docs/setup.md"]) {
    const named = (await read(document)).matchAll(
      /(?:-version=v|version += "v|secrets-terraform_|shows v)(\d+\.\d+\.\d+)/g,
    );
    // An upgrade in the documents goes to a later one.
    const [first] = [...named].map(([, found]) => found);
    expect([document, first]).toEqual([document, version]);
  }
});

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
