export { buildPackage, PUBLIC_PACKAGES } from "./build-package.ts";
export { buildPlugin, PLUGIN_FILE } from "./build-plugin.ts";
export { type QuickstartOutcome, runQuickstart } from "./run-quickstart.ts";
