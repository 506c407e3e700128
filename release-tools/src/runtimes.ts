/** A platform that a standalone executable is made for. */
export interface Platform {
  /** As Go and OCI name it. */
  readonly architecture: "amd64" | "arm64";
  readonly libc: "glibc" | "musl";
  /** As Bun names it. */
  readonly target: string;
  /** The package of npm that has the runtime for it. */
  readonly package: string;
  readonly integrity: string;
}

/** The version of the runtime that is in the executables. */
export const BUN_VERSION = "1.4.5";

/** The runtime for x64 is one for all processors: it finds out at its start what they can. */
export const PLATFORMS: readonly Platform[] = [
  {
    architecture: "amd64",
    libc: "glibc",
    target: "bun-linux-x64",
    package: "@oven/bun-linux-x64",
    integrity:
      "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
  },
  {
    architecture: "arm64",
    libc: "glibc",
    target: "bun-linux-arm64",
    package: "@oven/bun-linux-aarch64",
    integrity:
      "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
  {
    architecture: "amd64",
    libc: "musl",
    target: "bun-linux-x64-musl",
    package: "@oven/bun-linux-x64-musl",
    integrity:
      "sha512-10QoW/YfTgnURaGEaHpJCiXjLI2e5iTtfVDaA5JKcyUzaa1cq6cVUY9/Uq5XkYzvtRjHLRe9Oj/lTDIQcxy8HQ==",
  },
  {
    architecture: "arm64",
    libc: "musl",
    target: "bun-linux-arm64-musl",
    package: "@oven/bun-linux-aarch64-musl",
    integrity:
      "sha512-XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==",
  },
];

/** The platform of this machine, whose runtime compiles. @throws Error on others. */
export function hostPlatform(): Platform {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const host =
    process.platform === "linux" &&
    PLATFORMS.find(
      (platform) => platform.architecture === architecture && platform.libc === "glibc",
    );
  if (!host)
    throw new Error("building the release failed: it needs Linux on x64 or arm64, with glibc");
  return host;
}
