export { type BundleOptions, bundlePlugin } from "./bundle-plugin.ts";
