export { buildPackage, PUBLIC_PACKAGES } from "./build-package.ts";
export { buildPlugin, LICENSES_FILE, PLUGIN_FILE } from "./build-plugin.ts";
export { type QuickstartOutcome, runQuickstart } from "./run-quickstart.ts";
