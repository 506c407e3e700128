import type { Backend, BackendFactory, Logger } from "../backend.ts";
import { handleExistenceCheck, handleRequest } from "../handle-request.ts";
import type { Data, Lease, Reply } from "../reply.ts";
import type { Request, RequestLease } from "../request.ts";
import { MemoryStorage } from "./memory-storage.ts";

/** What the host says of itself; tests change it as they go. */
export interface TestSystem {
  /** Seconds. */
  defaultLeaseTtl: number;
  /** Seconds. */
  maxLeaseTtl: number;
  standby: boolean;
  tainted: boolean;
  cachingDisabled: boolean;
}

export interface TestHost {
  readonly backend: Backend;
  readonly storage: MemoryStorage;
  readonly system: TestSystem;
  /** Messages that the backend logged. */
  readonly logs: readonly string[];
  /** Any operation; refusals are thrown as `PluginError`. */
  request(operation: string, path: string, data?: Data): Promise<Reply | undefined>;
  /** The data of a read, undefined for "not found". */
  read(path: string): Promise<Data | undefined>;
  /** A write, as a create or an update, as the path's existence check tells. */
  write(path: string, data?: Data): Promise<Reply | undefined>;
  /** Renews by that many seconds, or as the plugin likes. */
  renew(lease: Lease | undefined, increment?: number): Promise<Reply | undefined>;
  revoke(lease: Lease | undefined): Promise<void>;
  /** Tells the backend that an entry was written elsewhere, as after `storage.putJson`. */
  invalidate(key: string): void;
}

/**
 * A host in memory with one mount of the plugin, for unit tests: no server, no sockets. Requests take the way that they
 * take on a real host, from decoding on; only leases are left to the test.
 */
export async function startTestHost(factory: BackendFactory): Promise<TestHost> {
  const storage = new MemoryStorage();
  const system: TestSystem = {
    defaultLeaseTtl: 2_764_800,
    maxLeaseTtl: 2_764_800,
    standby: false,
    tainted: false,
    cachingDisabled: false,
  };
  const logs: string[] = [];
  const mount = {
    storage,
    logger: memoryLogger(logs),
    uuid: "11111111-2222-3333-4444-555555555555",
    system: {
      defaultLeaseTtl: async () => system.defaultLeaseTtl,
      maxLeaseTtl: async () => system.maxLeaseTtl,
      isStandby: async () => system.standby,
      isTainted: async () => system.tainted,
      cachingDisabled: async () => system.cachingDisabled,
      hostVersion: async () => "2.7.2",
    },
  };
  const backend = factory(mount);
  await backend.initialize?.();

  const { signal } = new AbortController();
  const handle = (request: Request) => handleRequest(backend, mount, request, signal);
  const withLease = (operation: string, lease: Lease | undefined, increment = 0): Request => {
    if (!lease) throw new Error("the answer has no lease");
    const { internal, issueTime = new Date() } = lease;
    return {
      ...testRequest(operation, "", {}),
      lease: { id: "", internal, issueTime, increment } satisfies RequestLease,
    };
  };

  return {
    backend,
    storage,
    system,
    logs,
    request: (operation, path, data = {}) => handle(testRequest(operation, path, data)),
    read: async (path) => (await handle(testRequest("read", path, {})))?.data,
    async write(path, data = {}) {
      const exists = await handleExistenceCheck(backend, testRequest("update", path, data), signal);
      return await handle(testRequest(exists === false ? "create" : "update", path, data));
    },
    renew: (lease, increment) => handle(withLease("renew", lease, increment)),
    async revoke(lease) {
      await handle(withLease("revoke", lease));
    },
    invalidate: (key) => backend.invalidate?.(key),
  };
}

function testRequest(operation: string, path: string, data: Data): Request {
  return {
    id: "test",
    operation,
    path,
    // As over the wire: what JSON can't carry doesn't arrive.
    data: JSON.parse(JSON.stringify(data)) as Data,
    mountPoint: "test/",
    mountType: "test",
    displayName: "",
    entityId: "",
    clientTokenAccessor: "",
    headers: new Map(),
  };
}

function memoryLogger(logs: string[]): Logger {
  const log = (message: string) => {
    logs.push(message);
  };
  return { trace: log, debug: log, info: log, warn: log, error: log };
}
