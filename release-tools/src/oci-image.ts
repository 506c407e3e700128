import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type TarEntry, tar } from "./tar.ts";

/** What an image is of. */
export interface ImageOptions {
  /** The name of the plugin's file in the image's root, and of its entrypoint. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly executables: readonly {
    readonly architecture: "amd64" | "arm64";
    readonly data: Uint8Array;
  }[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI = "application/vnd.oci.image";

/**
 * The files of an OCI image layout: one index with an image for each architecture, whose root has
 * the plugin's executable and nothing else. It is what OpenBao's declarative plugins are downloaded
 * from.
 */
export function ociImageLayout(options: ImageOptions): readonly TarEntry[] {
  const { name, version, description, license, executables } = options;
  const blobs = new Map<string, Uint8Array>();
  const add = (mediaType: string, data: Uint8Array): Descriptor => {
    const digest = sha256(data);
    blobs.set(`blobs/${digest.replace(":", "/")}`, data);
    return { mediaType: `${OCI}.${mediaType}`, digest, size: data.length };
  };
  const annotations = {
    "org.opencontainers.image.title": name,
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.description": description,
    "org.opencontainers.image.licenses": license,
  };
  const manifests = executables.map(({ architecture, data }) => {
    const archive = tar([{ path: name, data, mode: 0o755 }]);
    const layer = add("layer.v1.tar+gzip", gzipSync(archive, { level: 9 }));
    const config = add(
      "config.v1+json",
      json({
        architecture,
        os: "linux",
        config: { Entrypoint: [`/${name}`] },
        rootfs: { type: "layers", diff_ids: [sha256(archive)] },
      }),
    );
    const manifest = {
      schemaVersion: 2,
      mediaType: `${OCI}.manifest.v1+json`,
      config,
      layers: [layer],
    };
    const platform = { architecture, os: "linux" };
    return { ...add("manifest.v1+json", json({ ...manifest, annotations })), platform };
  });
  const index = { schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests, annotations };
  const image = add("index.v1+json", json(index));
  const tag = { "org.opencontainers.image.ref.name": version };
  return [
    { path: "oci-layout", data: json({ imageLayoutVersion: "1.0.0" }) },
    {
      path: "index.json",
      data: json({ ...index, manifests: [{ ...image, annotations: tag }], annotations: undefined }),
    },
    ...[...blobs].map(([path, data]) => ({ path, data })),
  ];
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function sha256(data: Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}
