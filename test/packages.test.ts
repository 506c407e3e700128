import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { buildPackage, PUBLIC_PACKAGES } from "@vault-ts/dev";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

let folder: string;
let built: readonly { readonly name: string; readonly path: string; readonly tarball: string }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "packages-"));
  built = await Promise.all(
    PUBLIC_PACKAGES.map(async (name) => {
      const path = await buildPackage(name);
      const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], {
        cwd: path,
      });
      const [packed] = JSON.parse(stdout) as [{ filename: string }];
      return { name, path, tarball: join(folder, packed.filename) };
    }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("each package for npm", () => {
  test("has a manifest without faults", async () => {
    for (const { name, path } of built) {
      const { messages, pkg } = await publint({ pkgDir: path, strict: true });
      expect(messages.map((message) => `${name}: ${formatMessage(message, pkg)}`)).toEqual([]);
    }
  });

  test("has types that every resolution of ES modules finds", async () => {
    for (const { name, tarball } of built) {
      const analysis = await checkPackage(createPackageFromTarballData(await readFile(tarball)));
      expect(analysis.types).toBeTruthy();
      const problems = analysis.types ? analysis.problems : [];
      // The packages are ES modules alone: `require` of one needs a Node that supports it.
      const kinds = problems.filter(
        ({ kind }) => kind !== "CJSResolvesToESM" && kind !== "NoResolution",
      );
      expect(kinds.map((problem) => `${name}: ${JSON.stringify(problem)}`)).toEqual([]);
      const unresolved = problems.flatMap((problem) =>
        problem.kind === "NoResolution" ? [`${problem.entrypoint} ${problem.resolutionKind}`] : [],
      );
      expect(unresolved.filter((text) => !text.endsWith("node10"))).toEqual([]);
    }
  });

  test("holds no tests, no sources and nothing private", async () => {
    for (const { tarball } of built) {
      const { stdout } = await run("tar", ["-tzf", tarball]);
      const files = stdout.trim().split("\n");
      expect(files).toEqual(
        expect.arrayContaining([
          "package/index.js",
          "package/index.d.ts",
          "package/README.md",
          "package/LICENSE",
        ]),
      );
      expect(files.filter((file) => /\.test\.|tsconfig|fixtures|(?<!\.d)\.ts$/.test(file))).toEqual(
        [],
      );
    }
  });
});

test("the API documentation covers all exports", async () => {
  // Warnings are errors to it: of what has no docstring, and of links that lead nowhere.
  const typedoc = join(ROOT, "dev/node_modules/typedoc/bin/typedoc");
  const { stderr } = await run(process.execPath, [typedoc, "--emit", "none"], {
    cwd: join(ROOT, "dev"),
  });
  expect(stderr).toBe("");
});

describe("an author with the packages from npm", () => {
  let project: string;

  beforeAll(async () => {
    project = join(folder, "project");
    await mkdir(join(project, "node_modules/@vault-ts"), { recursive: true });
    for (const { name, tarball } of built) {
      await run("tar", ["-xzf", tarball, "-C", folder]);
      await run("mv", [join(folder, "package"), join(project, "node_modules/@vault-ts", name)]);
    }
    // What they depend on is the workspace's, which was installed by the same lock.
    for (const name of ["valibot", "esbuild", "@bufbuild", "@types"]) {
      await symlink(join(ROOT, "node_modules", name), join(project, "node_modules", name));
    }
    await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
    const readme = await readFile(join(ROOT, "packages/vault-plugin/README.md"), "utf8");
    const [, plugin = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    await writeFile(join(project, "main.ts"), plugin);
    await writeFile(
      join(project, "try.ts"),
      `import { definePath } from "@vault-ts/vault-plugin";
import { bundlePlugin } from "@vault-ts/vault-plugin/build";
import { startTestHost } from "@vault-ts/vault-plugin/testing";

const help = { synopsis: "Greets.", description: "Greets." };
const hello = definePath("hello", { help, params: {}, read: () => ({ hello: "world" }) });
const host = await startTestHost(() => ({ help: "", paths: [hello] }));
console.log(JSON.stringify(await host.read("hello")));
await bundlePlugin({ entry: "main.js", outfile: "dist/plugin" });
`,
    );
    await writeFile(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          target: "es2023",
          module: "nodenext",
          strict: true,
          types: ["node"],
          skipLibCheck: false,
        },
        files: ["main.ts", "try.ts"],
      }),
    );
  });

  test("compiles the README's plugin, runs a host in memory, and bundles", async () => {
    await run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", project]);
    const { stdout } = await run(process.execPath, ["try.js"], { cwd: project });
    expect(stdout).toBe('{"hello":"world"}\n');
    // A plugin that no host has started says so.
    await expect(run(join(project, "dist/plugin"))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("This program is a plugin"),
    });
  });
});
