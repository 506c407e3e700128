export { buildPackage, PUBLIC_PACKAGES } from "./build-package.ts";
export { buildPlugin, LICENSES_FILE, PLUGIN_FILE } from "./build-plugin.ts";
export { findGoPlugin, GO_PLUGIN_VERSION, installGoPlugin } from "./go-plugin.ts";
export { installNode } from "./install-node.ts";
export { type QuickstartOutcome, runQuickstart } from "./run-quickstart.ts";
