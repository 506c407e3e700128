export type { FigureTable } from "./compare/figure.ts";
export { SHORT } from "./compare/options.ts";
export { type BenchResult, runBench } from "./compare/run-bench.ts";
export { type RevocationsResult, revokeAll } from "./revocations-run.ts";
export { type SoakResult, soak } from "./soak-run.ts";
export { readStoredCreds, type StoredCredsResult } from "./stored-creds-run.ts";
