import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundlePlugin } from "./bundle-plugin.ts";

let folder: string;
let outfile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bundle-"));
  outfile = join(folder, "dist/plugin");
  await writeFile(
    join(folder, "main.ts"),
    'const args: readonly string[] = process.argv.slice(2);\nconsole.log(args.join(), process.env["PLUGIN_EXTRA_CA_CERTS"], process.env["NODE_EXTRA_CA_CERTS"]);',
  );
  await bundlePlugin({ entry: join(folder, "main.ts"), outfile });
});
afterAll(() => rm(folder, { recursive: true }));

test("a bundle is one executable file", async () => {
  expect((await stat(outfile)).mode & 0o777).toBe(0o755);
  expect(await readFile(outfile, "utf8")).toMatch(/^#!\/bin\/sh\n/);
});

test("it runs by itself, and keeps the server's extra certificates from Node's start", async () => {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: "/etc/ca.pem" };
  const { stdout } = await promisify(execFile)(outfile, ["a", "b c"], { env });
  expect(stdout).toBe("a,b c /etc/ca.pem undefined\n");
});

test("without Node on the path it says what it needs", async () => {
  const failed = promisify(execFile)("/bin/sh", [outfile], { env: { PATH: folder } });
  await expect(failed).rejects.toMatchObject({ code: 127, stderr: expect.stringContaining("needs Node.js") });
});
