import { lstat, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installPlugin } from "./install-plugin.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

test("a plugin is copied, not linked, and hashed", async () => {
  await using folder = await temporaryFolder();
  const original = await folder.script("original", "exit 0", 0o644);
  const file = join(folder.path, "link");
  await symlink(original, file);
  const plugins = join(folder.path, "plugins");
  await mkdir(plugins);
  expect(await installPlugin({ name: "terraform", file }, plugins)).toEqual({
    name: "terraform",
    file,
    command: "terraform",
    sha256: "306c6ca7407560340797866e077e053627ad409277d1b9da58106fce4cf717cb",
  });
  const copy = await lstat(join(plugins, "terraform"));
  expect(copy.isFile()).toBe(true);
  expect(copy.mode & 0o777).toBe(0o755);
});

test("two versions of a plugin are two files", async () => {
  await using folder = await temporaryFolder();
  const file = await folder.script("original", "exit 0");
  const plugins = join(folder.path, "plugins");
  await mkdir(plugins);
  await installPlugin({ name: "terraform", file, version: "v1.0.0" }, plugins);
  await folder.script("original", "exit 1");
  await installPlugin({ name: "terraform", file, version: "v1.1.0" }, plugins);
  expect(await readFile(join(plugins, "terraform-v1.0.0"), "utf8")).toBe("#!/bin/sh\nexit 0\n");
  expect(await readFile(join(plugins, "terraform-v1.1.0"), "utf8")).toBe("#!/bin/sh\nexit 1\n");
});

test("a missing plugin is reported, with its cause", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "absent");
  const result = installPlugin({ name: "terraform", file }, join(folder.path, "plugins"));
  await expect(result).rejects.toMatchObject({
    code: "no_plugin",
    message: `reading the plugin terraform from ${file} failed; build it first`,
  });
  await expect(result).rejects.toHaveProperty("cause.code", "ENOENT");
});
