/**
 * `npm run coverage`: which lines of the framework its unit tests run, in processes that they start
 * as well. Below 95 % it fails.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { relative, resolve } from "node:path";
import { linesOfChildren } from "./child-lines.ts";
import { type IstanbulCoverage, lineCoverage, percent } from "./line-coverage.ts";

const REQUIRED_PERCENT = 95;
const PACKAGES = ["packages/go-plugin", "packages/vault-plugin"];
const OUTPUT = resolve("coverage");
const CHILDREN = `${OUTPUT}/children`;
const NOT_MEASURED = ["**/gen/**", "**/testing-fixtures/**", "**/*.test.ts", "**/*.test-d.ts"];

rmSync(OUTPUT, { recursive: true, force: true });
const { status } = spawnSync(
  "vitest",
  [
    "run",
    "--project=unit",
    ...PACKAGES,
    "--coverage.enabled",
    "--coverage.provider=v8",
    "--coverage.reporter=json",
    // What children left is in the same folder.
    "--coverage.clean=false",
    `--coverage.reportsDirectory=${OUTPUT}`,
    ...PACKAGES.map((folder) => `--coverage.include=${folder}/src/**/*.ts`),
    ...NOT_MEASURED.map((pattern) => `--coverage.exclude=${pattern}`),
  ],
  { stdio: "inherit", env: { ...process.env, CHILD_COVERAGE: CHILDREN } },
);
if (status !== 0) process.exit(status ?? 1);

const own = JSON.parse(readFileSync(`${OUTPUT}/coverage-final.json`, "utf8")) as IstanbulCoverage;
const all = lineCoverage(own, await linesOfChildren(CHILDREN));
for (const folder of PACKAGES) {
  const files = all.filter(({ file }) => file.startsWith(`${resolve(folder)}/`));
  for (const { file, lines, missed } of files.filter((each) => each.missed.length > 0)) {
    console.log(
      `  ${relative(".", file)}: ${lines - missed.length} of ${lines}, not ${missed.join(", ")}`,
    );
  }
  const covered = percent(files);
  console.log(`${folder}: ${covered.toFixed(1)} % of lines`);
  if (covered < REQUIRED_PERCENT) process.exitCode = 1;
}
