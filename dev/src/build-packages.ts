/** `npm run build:packages`: builds the packages for npm. */
import { buildPackage, PUBLIC_PACKAGES } from "./build-package.ts";

for (const name of PUBLIC_PACKAGES) console.log(await buildPackage(name));
