export { BUN_VERSION, hostPlatform } from "./runtimes.ts";
export { compileStandalone } from "./standalone.ts";
