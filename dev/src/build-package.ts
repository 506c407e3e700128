import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The packages for npm, those that others need first. */
export const PUBLIC_PACKAGES = ["go-plugin", "terraform-cloud", "vault-plugin"] as const;

/** The used parts of a workspace's manifest. */
interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly [name: string]: unknown;
}

/**
 * Builds a package for npm: JavaScript and declarations. Its manifest names those instead of the
 * sources.
 *
 * @returns its folder, to `npm publish` from.
 */
export async function buildPackage(name: (typeof PUBLIC_PACKAGES)[number]): Promise<string> {
  const source = join(ROOT, "packages", name);
  const target = join(source, "dist/npm");
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await compile(source, target);
  const manifest: Manifest = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
  await writeFile(
    join(target, "package.json"),
    `${JSON.stringify(published(manifest), undefined, 2)}\n`,
  );
  await copyFile(join(source, "README.md"), join(target, "README.md"));
  await copyFile(join(ROOT, "LICENSE"), join(target, "LICENSE"));
  return target;
}

/** Returns the manifest for npm: publishable, and without the fields of a workspace. */
function published({
  private: _,
  scripts: __,
  devDependencies: ___,
  ...manifest
}: Manifest): unknown {
  // Exports for the workspace's own tests are not published.
  const forAll = Object.entries(manifest.exports).filter(
    ([, file]) => !file.includes("testing-fixtures"),
  );
  const exports = forAll.map(([subpath, file]) => {
    const path = file.replace("./src/", "./").replace(/\.ts$/, "");
    return [subpath, { types: `${path}.d.ts`, default: `${path}.js` }];
  });
  const publishConfig = { access: "public", provenance: true };
  return { ...manifest, sideEffects: false, exports: Object.fromEntries(exports), publishConfig };
}

async function compile(source: string, target: string): Promise<void> {
  const settings = join(target, "tsconfig.json");
  await writeFile(
    settings,
    JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        rootDir: join(source, "src"),
        outDir: target,
        typeRoots: [join(ROOT, "node_modules/@types")],
      },
      include: [join(source, "src")],
      exclude: ["**/*.test.ts", "**/*.test-d.ts", "**/testing-fixtures"].map((glob) =>
        join(source, "src", glob),
      ),
    }),
  );
  await promisify(execFile)(process.execPath, [
    join(ROOT, "node_modules/typescript/bin/tsc"),
    "-p",
    settings,
  ]);
  await rm(settings);
  await rewriteDeclarations(target);
}

/**
 * The compiler rewrites the endings of imports in JavaScript, but not in declarations, where some
 * tools reject them.
 */
async function rewriteDeclarations(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  const declarations = files
    .filter((file) => file.endsWith(".d.ts"))
    .map((file) => join(folder, file));
  await Promise.all(
    declarations.map(async (file) => {
      const text = await readFile(file, "utf8");
      await writeFile(file, text.replace(/(from |import\()"(\.[^"]+)\.ts"/g, '$1"$2.js"'));
    }),
  );
}
