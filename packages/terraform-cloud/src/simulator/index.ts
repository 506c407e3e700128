export { answerRequest, type Site, type SiteAnswer, type SiteRequest } from "./answer-request.ts";
export type { AgentPool, Owner, Team, User } from "./directory.ts";
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
  type Entitlement,
  type NewToken,
  type Seed,
  type TtlPolicy,
  World,
  type WorldToken,
} from "./world.ts";
