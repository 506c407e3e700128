import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tar } from "./tar.ts";

test("tar unpacks an archive, with contents and permissions, of files of any size", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tar-"));
  try {
    const full = Buffer.alloc(512, "b");
    const archive = tar([
      { path: "program", data: Buffer.from("#!/bin/sh\n"), mode: 0o755 },
      { path: "blobs/full", data: full },
      { path: "empty", data: Buffer.alloc(0) },
    ]);
    await writeFile(join(folder, "a.tar"), archive);
    execFileSync("tar", ["-xf", "a.tar"], { cwd: folder });
    expect(await readFile(join(folder, "program"), "utf8")).toBe("#!/bin/sh\n");
    expect((await stat(join(folder, "program"))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(folder, "blobs/full"))).toEqual(full);
    expect((await stat(join(folder, "empty"))).size).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a path that the format has no room for is refused", () => {
  expect(() => tar([{ path: "x".repeat(101), data: Buffer.alloc(0) }])).toThrow(RangeError);
});
