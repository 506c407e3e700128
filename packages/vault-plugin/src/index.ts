export type { Backend, BackendFactory, SpecialPaths } from "./backend.ts";
export { type CachedStorage, cachedStorage } from "./cached-storage.ts";
export type { Data } from "./data.ts";
export { PluginError, type PluginErrorCode } from "./errors.ts";
export { clearNulls } from "./fields/clear-nulls.ts";
export {
  type Field,
  type FieldOptions,
  type Fields,
  type FieldType,
  type FieldValue,
  type FieldValues,
  f,
  type Input,
  type Patch,
  withDefaults,
} from "./fields/field.ts";
export { KeyedLock } from "./keyed-lock.ts";
export type { AuthMethod, Login, LoginTerms } from "./login.ts";
export { aliasReply, loginReply } from "./login-reply.ts";
export { mergePatch } from "./merge-patch.ts";
export type { Clock, Logger, Mount } from "./mount.ts";
export {
  definePath,
  type HandlerContext,
  type HandlerResult,
  type Help,
  type Path,
  type PathOptions,
} from "./path.ts";
export { Redacted, redacted } from "./redacted.ts";
export { isWriteSafe, requireActiveNode, requireWriteSafe } from "./replication.ts";
export {
  type Headers,
  type Lease,
  list,
  type RawBody,
  Reply,
  type ReplyOptions,
  rawReply,
  reply,
} from "./reply.ts";
export type { Connection, Operation, Request, RequestLease, RequestLogin } from "./request.ts";
export {
  defineSecret,
  type LeaseTerms,
  type Secret,
  type SecretContext,
  type SecretOptions,
  type TypedSecret,
} from "./secret.ts";
export {
  type EntryType,
  entryType,
  type MountStorage,
  orCorruptEntry,
  type Page,
  type Storage,
} from "./storage.ts";
export type {
  Alias,
  Entity,
  Group,
  PluginEnvironment,
  ReplicationState,
  SystemView,
} from "./system-view.ts";
export type { Tick } from "./tick.ts";
export {
  defineWal,
  type OpenWalEntry,
  type RollbackOutcome,
  type TypedWal,
  WAL_PREFIX,
  type Wal,
  type WalEntry,
  type WalOptions,
} from "./wal.ts";
export { type PluginOptions, servePlugin } from "./wire/serve-plugin.ts";
