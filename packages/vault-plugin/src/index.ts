export type { Backend, BackendFactory, Logger, Mount, SpecialPaths } from "./backend.ts";
export { type CachedStorage, cachedStorage } from "./cached-storage.ts";
export { PluginError, type PluginErrorCode } from "./errors.ts";
export { type Field, type Fields, type FieldValue, f, type Input, withDefaults } from "./fields/field.ts";
export { requireActiveNode } from "./handle-request.ts";
export { KeyedLock } from "./keyed-lock.ts";
export { definePath, type HandlerContext, type Help, type Path } from "./path.ts";
export { type Data, list, Reply, reply } from "./reply.ts";
export type { Operation, Request, RequestLease } from "./request.ts";
export {
  defineSecret,
  type LeaseTerms,
  type Secret,
  type SecretContext,
  type TypedSecret,
} from "./secret.ts";
export { type EntryType, entryType, type Storage } from "./storage.ts";
export type { SystemView } from "./system-view.ts";
export { type PluginOptions, servePlugin } from "./wire/serve-plugin.ts";
