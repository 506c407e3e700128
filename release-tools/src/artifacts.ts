import manifest from "../../package.json" with { type: "json" };
import type { Platform } from "./runtimes.ts";

/** What is released. The version of all of it is that of the manifest at the root. */
export const {
  name: NAME,
  version: VERSION,
  description: DESCRIPTION,
  license: LICENSE,
} = manifest;

/** The names of a release's files. */
export const ARTIFACTS = {
  bundle: `${NAME}_${VERSION}_node.cjs`,
  executable: ({ architecture, libc }: Pick<Platform, "architecture" | "libc">) =>
    `${NAME}_${VERSION}_linux_${architecture}${suffix(libc)}`,
  image: (libc: Platform["libc"]) => `${NAME}_${VERSION}_oci${suffix(libc)}.tar`,
  sbom: `${NAME}_${VERSION}.cdx.json`,
  notices: "THIRD_PARTY_NOTICES.txt",
  checksums: "SHA256SUMS",
} as const;

function suffix(libc: Platform["libc"]): string {
  return libc === "musl" ? "_musl" : "";
}
