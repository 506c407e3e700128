export { createBackend } from "./backend.ts";
export { VERSION } from "./version.ts";
