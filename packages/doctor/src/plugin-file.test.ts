import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkMode, checkRuntime, sha256Of } from "./plugin-file.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plugin-file-"));
  file = join(folder, "plugin");
  await writeFile(file, "abc");
});
afterAll(() => rm(folder, { recursive: true }));

test.for<[number, "ok" | "note" | "wrong", string]>([
  [0o755, "ok", "has mode 0755"],
  [0o555, "ok", "has mode 0555"],
  [0o644, "wrong", "has mode 0644 and can't be executed"],
  [0o750, "note", "has mode 0750: only uid"],
  [0o757, "wrong", "has mode 0757: every account of the machine can replace it"],
])("mode %o is %s", async ([mode, status, says]) => {
  await chmod(file, mode);
  const finding = await checkMode(file);
  expect(finding.status).toBe(status);
  expect(finding.message).toContain(says);
  expect(finding.remedy === "").toBe(status === "ok");
});

test("the SHA-256 is in hexadecimal", async () => {
  expect(await sha256Of(file)).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

test.for<["Node.js" | "Bun", string, "ok" | "wrong"]>([
  ["Node.js", "v20.18.0", "ok"],
  ["Node.js", "v26.1.0", "ok"],
  ["Node.js", "v20.17.9", "wrong"],
  ["Node.js", "v18.20.0", "wrong"],
  ["Bun", "1.4.4", "ok"],
])("%s %s is %s", ([name, version, status]) => {
  expect(checkRuntime({ name, version, path: "/usr/bin/node" }).status).toBe(status);
});
