/** `npm run build:packages`: the packages, as npm is to have them. */
import { buildPackage, PUBLIC_PACKAGES } from "./build-package.ts";

for (const name of PUBLIC_PACKAGES) console.log(await buildPackage(name));
