export { MemoryStorage, type StorageCall } from "./memory-storage.ts";
export type { TestClock } from "./test-clock.ts";
export {
  type HostSnapshot,
  startTestHost,
  type TestAnswer,
  type TestHost,
  type TestHostOptions,
  type TestRequestOptions,
} from "./test-host.ts";
export type { TestLease } from "./test-leases.ts";
export type { TestSystem } from "./test-system.ts";
