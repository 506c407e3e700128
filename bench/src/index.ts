export { type RevocationsResult, revokeAll } from "./revocations-run.ts";
export { type SoakResult, soak } from "./soak-run.ts";
export { readStoredCreds, type StoredCredsResult } from "./stored-creds-run.ts";
