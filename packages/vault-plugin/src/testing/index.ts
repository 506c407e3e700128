export { MemoryStorage } from "./memory-storage.ts";
export { startTestHost, type TestHost, type TestSystem } from "./test-host.ts";
