import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noticesOf, packagesOf } from "./notices.ts";

let root: string;

async function addPackage(
  path: string,
  manifest: object,
  license?: readonly [file: string, text: string],
) {
  const folder = join(root, "node_modules", path);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  if (license) await writeFile(join(folder, license[0]), license[1]);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "notices-"));
  await addPackage("b", { name: "b", version: "2.0.0", license: "MIT" }, [
    "LICENSE.md",
    "Copyright of b\n",
  ]);
  await addPackage("@scope/a", { name: "@scope/a", version: "1.0.0", license: "ISC" }, [
    "licence",
    "Copyright of a",
  ]);
  await addPackage("b/node_modules/c", {
    name: "c",
    version: "3.0.0",
    repository: { url: "https://c.example" },
  });
});
afterAll(() => rm(root, { recursive: true }));

test("the notices list each package once, with its licence", async () => {
  const files = ["b/index.js", "b/lib/x.js", "@scope/a/index.js", "b/node_modules/c/index.js"];
  const packages = await packagesOf([
    ...files.map((file) => join(root, "node_modules", file)),
    join(root, "src/main.ts"),
  ]);
  expect(packages).toEqual([
    { name: "@scope/a", version: "1.0.0", license: "ISC", text: "Copyright of a" },
    { name: "b", version: "2.0.0", license: "MIT", text: "Copyright of b\n" },
    {
      name: "c",
      version: "3.0.0",
      license: "unknown",
      text: "The package contains no text of its licence: see https://c.example.",
    },
  ]);
  const rule = "-".repeat(80);
  expect(noticesOf(packages)).toBe(`This plugin contains code of the following packages.

${rule}

@scope/a 1.0.0, ISC

Copyright of a

${rule}

b 2.0.0, MIT

Copyright of b

${rule}

c 3.0.0, unknown

The package contains no text of its licence: see https://c.example.
`);
});
