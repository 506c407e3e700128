export { hostPlatform } from "./runtimes.ts";
export { compileStandalone } from "./standalone.ts";
