import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { expect, test } from "vitest";
import { ARTIFACTS } from "../src/artifacts.ts";
import { buildRelease } from "../src/build-release.ts";
import { EXECUTABLE, released } from "./support/released.ts";

const run = promisify(execFile);

test("the checksums are those of the files", async () => {
  const folder = dirname(released(ARTIFACTS.checksums));
  const { stdout } = await run("sha256sum", ["-c", ARTIFACTS.checksums], { cwd: folder });
  expect(stdout.trim().split("\n").sort()).toEqual([
    "THIRD_PARTY_NOTICES.txt: OK",
    "vault-plugin-secrets-terraform_0.2.0.cdx.json: OK",
    "vault-plugin-secrets-terraform_0.2.0_linux_amd64: OK",
    "vault-plugin-secrets-terraform_0.2.0_linux_amd64_musl: OK",
    "vault-plugin-secrets-terraform_0.2.0_linux_arm64: OK",
    "vault-plugin-secrets-terraform_0.2.0_linux_arm64_musl: OK",
    "vault-plugin-secrets-terraform_0.2.0_node.cjs: OK",
    "vault-plugin-secrets-terraform_0.2.0_oci.tar: OK",
    "vault-plugin-secrets-terraform_0.2.0_oci_musl.tar: OK",
    "vault-ts-go-plugin-0.2.0.tgz: OK",
    "vault-ts-terraform-cloud-0.2.0.tgz: OK",
    "vault-ts-vault-plugin-0.2.0.tgz: OK",
  ]);
});

test.each([ARTIFACTS.bundle, EXECUTABLE])(
  "%s runs under its own name, wherever it lies",
  async (name) => {
    // The folder is below a package of ES modules, as a server's may be.
    await expect(run(released(name))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("This program is a plugin"),
    });
  },
);

test("another build gives the same bytes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "release-"));
  try {
    await buildRelease(folder);
    const again = await readFile(join(folder, ARTIFACTS.checksums), "utf8");
    expect(again).toBe(await readFile(released(ARTIFACTS.checksums), "utf8"));
  } finally {
    await rm(folder, { recursive: true });
  }
}, 300_000);

test.each([
  ["vault-plugin-secrets-terraform_0.2.0_linux_amd64", "X86-64", "ld-linux-x86-64.so.2"],
  ["vault-plugin-secrets-terraform_0.2.0_linux_arm64", "AArch64", "ld-linux-aarch64.so.1"],
])("%s needs the C library of a glibc of 2012, and no other", async (name, machine, loader) => {
  const { stdout } = await run("readelf", ["--wide", "-h", "-d", "-V", released(name)]);
  expect(stdout).toMatch(new RegExp(`Machine: .*${machine}`));
  const base = ["libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0"];
  expect(neededBy(stdout)).toEqual([loader, ...base].sort());
  const minors = [...stdout.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  expect(Math.max(...minors)).toBeLessThanOrEqual(17);
});

test.each([
  ["vault-plugin-secrets-terraform_0.2.0_linux_amd64_musl", "X86-64", "libc.musl-x86_64.so.1"],
  ["vault-plugin-secrets-terraform_0.2.0_linux_arm64_musl", "AArch64", "libc.musl-aarch64.so.1"],
])("%s needs musl and the C++ library, and no other", async (name, machine, library) => {
  const { stdout } = await run("readelf", ["--wide", "-h", "-d", released(name)]);
  expect(stdout).toMatch(new RegExp(`Machine: .*${machine}`));
  expect(neededBy(stdout)).toEqual([library, "libstdc++.so.6"]);
});

function neededBy(text: string): readonly string[] {
  return [...text.matchAll(/\(NEEDED\) +Shared library: \[(.+)\]/g)]
    .map(([, name = ""]) => name)
    .sort();
}

test("the bill of materials is valid CycloneDX, and names what is in the bundle, and the runtime", async () => {
  const text = await readFile(released(ARTIFACTS.sbom), "utf8");
  const validator = new Validation.JsonStrictValidator(Spec.Spec1dot6.version);
  expect(await validator.validate(text)).toBeNull();
  const { metadata, components } = JSON.parse(text);
  expect(metadata.component).toMatchObject({
    name: "vault-plugin-secrets-terraform",
    version: "0.2.0",
  });
  const names = components.map(({ name }: { name: string }) => name);
  expect(names).toEqual([
    "@bufbuild/protobuf",
    "bun",
    "croner",
    "ip-address",
    "smart-buffer",
    "socks",
    "valibot",
  ]);
});

test("the notices have the licences of what is in the bundle, and those of the runtime", async () => {
  const notices = await readFile(released(ARTIFACTS.notices), "utf8");
  expect(notices).toContain("valibot 1.5.0, MIT");
  expect(notices).toContain("JavaScriptCore and parts of WebCore (WebKit)   LGPL 2.0");
  expect(notices).toContain("GNU LIBRARY GENERAL PUBLIC LICENSE");
  expect(notices).toContain("GNU LESSER GENERAL PUBLIC LICENSE");
});
