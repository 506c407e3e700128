export { escapeXml } from "./pictures/svg.ts";
export { BUN_VERSION, hostPlatform } from "./runtimes.ts";
export { compileStandalone } from "./standalone.ts";
