import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import type { BundledPackage } from "./notices.ts";
import { BUN_VERSION, PLATFORMS } from "./runtimes.ts";

/** What a release has in it. */
export interface Contents {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly packages: readonly BundledPackage[];
}

/**
 * The bill of materials of the bundle and of the executables, in CycloneDX's JSON. It tells no
 * time, so that each build gives the same.
 */
export function billOfMaterials({ name, version, license, packages }: Contents): string {
  const { Application, Library, Platform } = Enums.ComponentType;
  const plugin = component(Application, { name, version, license });
  const bun = component(Platform, { name: "bun", version: BUN_VERSION, license: "MIT" });
  bun.description = "JavaScript runtime, in the standalone executables alone";
  const runtimes = PLATFORMS.map((platform) => {
    const runtime = component(Platform, {
      name: platform.package,
      version: BUN_VERSION,
      license: "MIT",
    });
    const sha512 = Buffer.from(platform.integrity.replace("sha512-", ""), "base64").toString("hex");
    runtime.hashes.set(Enums.HashAlgorithm["SHA-512"], sha512);
    return runtime;
  });
  const libraries = packages.map((bundled) => component(Library, bundled));
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: plugin }) });
  for (const part of [...libraries, bun]) {
    bom.components.add(part);
    plugin.dependencies.add(part.bomRef);
  }
  for (const runtime of runtimes) bun.components.add(runtime);
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function component(
  type: Enums.ComponentType,
  { name, version, license }: BundledPackage,
): Models.Component {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const licenses = new Models.LicenseRepository([
    /^[\w.-]+$/.test(license)
      ? new Models.SpdxLicense(license)
      : new Models.LicenseExpression(license),
  ]);
  const isNpm = type !== Enums.ComponentType.Application;
  return new Models.Component(type, name, {
    version,
    licenses,
    bomRef: purl,
    ...(isNpm && { purl }),
  });
}
