/** `npm run release:build`: all that is released, in `release/`, or in the folder that is given. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ARTIFACTS } from "./artifacts.ts";
import { buildRelease } from "./build-release.ts";

const folder = resolve(process.argv[2] ?? "release");
await buildRelease(folder);
console.log(await readFile(join(folder, ARTIFACTS.checksums), "utf8"));
