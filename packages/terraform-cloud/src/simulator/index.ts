export { answerRequest, type Site, type SiteAnswer, type SiteRequest } from "./answer-request.ts";
export type { Edition } from "./edition.ts";
export { FAULTS, type Fault } from "./fault.ts";
export { type CarriedRequest, connectInProcess } from "./in-process.ts";
export { RequestQuota } from "./request-quota.ts";
export { DEFAULT_SEED } from "./seed.ts";
export {
  type RecordedRequest,
  type Simulator,
  type SimulatorCredentials,
  type SimulatorEvent,
  type SimulatorOptions,
  startSimulator,
  type TlsOptions,
} from "./simulator.ts";
export { SimulatorError } from "./simulator-error.ts";
export {
  type AgentPool,
  type Entitlement,
  type NewToken,
  type Owner,
  type Seed,
  type Team,
  type TtlPolicy,
  type User,
  World,
  type WorldToken,
} from "./world.ts";
