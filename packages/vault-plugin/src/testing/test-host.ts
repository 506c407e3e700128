import { type Backend, type BackendFactory, specialPathsOf } from "../backend.ts";
import type { Data } from "../data.ts";
import { handleExistenceCheck, handleRequest } from "../handle-request.ts";
import type { Login, LoginTerms } from "../login.ts";
import type { Logger, Mount } from "../mount.ts";
import type { Lease, Reply } from "../reply.ts";
import type { Request, RequestLogin } from "../request.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { overTheWire } from "./over-the-wire.ts";
import { type Life, processView, whileAlive } from "./process-view.ts";
import { TestClock } from "./test-clock.ts";
import { type LeaseSnapshot, type TestLease, TestLeases } from "./test-leases.ts";
import { createTestSystem, type TestSystem, viewOf } from "./test-system.ts";

/** The response that a client gets. */
export interface TestAnswer {
  readonly data: Data | undefined;
  readonly warnings: readonly string[];
  readonly headers: Reply["headers"];
  /** The lease that the host has registered or renewed. */
  readonly lease: TestLease | undefined;
  /** The result of an auth method's login. */
  readonly login: Reply["login"];
  /** Seconds, if the plugin wants the response wrapped. */
  readonly wrapTtl: number | undefined;
}

export interface TestRequestOptions {
  /** Aborted when the client disconnects. */
  readonly signal?: AbortSignal;
  /** Other parts of the request: headers, the client and its address. */
  readonly from?: Partial<Omit<Request, "operation" | "path" | "data" | "lease">>;
}

/** A host in memory with one mount of the plugin. */
export interface TestHost {
  /** The current backend: `restart` creates another. */
  readonly backend: Backend;
  readonly storage: MemoryStorage;
  readonly system: TestSystem;
  readonly clock: TestClock;
  /** Lines that the backend logged: the message, and its fields as JSON. */
  readonly logs: readonly string[];
  /** The leases that haven't been revoked. */
  readonly leases: readonly TestLease[];
  /** The irrevocable leases: the host has given up revoking them. */
  readonly irrevocableLeases: readonly TestLease[];
  /** Sends any operation. @throws PluginError if it fails. */
  request(
    operation: string,
    path: string,
    data?: Data,
    options?: TestRequestOptions,
  ): Promise<TestAnswer | undefined>;
  /** Returns the data of a read; undefined for "not found". */
  read(path: string): Promise<Data | undefined>;
  /** Sends a create or an update, by the path's existence check. */
  write(path: string, data?: Data): Promise<TestAnswer | undefined>;
  /** Renews a lease by that many seconds, or by the plugin's default. */
  renew(lease: TestLease | undefined, increment?: number): Promise<TestAnswer | undefined>;
  revoke(lease: TestLease | undefined, options?: Pick<TestRequestOptions, "signal">): Promise<void>;
  /** Renews the token of a login, and returns its new terms. */
  renewLogin(login: Login | undefined, increment?: number): Promise<LoginTerms | undefined>;
  /** Registers a lease that another version of the plugin has issued. */
  addLease(path: string, lease: Lease): TestLease;
  /** Runs the host's periodic request: periodic work, and the rollback of WAL entries. */
  rollback(options?: { readonly immediate?: boolean }): Promise<void>;
  /**
   * Advances the clock: each minute has a rollback, and leases that expire are revoked, with
   * retries.
   */
  advance(seconds: number): Promise<void>;
  /** Invalidates an entry that was written by another node, as after `storage.putJson`. */
  invalidate(key: string): void;
  /**
   * Kills the plugin's process and starts another: operations in progress have no further effect,
   * and their promises never settle.
   */
  restart(): Promise<void>;
  /** Returns a snapshot of the host's storage and leases. */
  snapshot(): HostSnapshot;
  /** Restores a snapshot, as an operator does: the plugin restarts, as after `restart`. */
  restore(snapshot: HostSnapshot): Promise<void>;
}

/** The contents of a host's backup. */
export interface HostSnapshot {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  readonly leases: LeaseSnapshot;
}

export interface TestHostOptions {
  /** The id of the mount; hosts that stand for mounts of one server need different ones. */
  readonly uuid?: string;
}

const ROLLBACK_INTERVAL_MS = 60_000;

/**
 * Starts a host in memory with one mount of the plugin, for unit tests: no server, no sockets.
 * Requests are processed as on a real host, from decoding on.
 */
export async function startTestHost(
  factory: BackendFactory,
  { uuid = "11111111-2222-3333-4444-555555555555" }: TestHostOptions = {},
): Promise<TestHost> {
  const storage = new MemoryStorage();
  const system = createTestSystem();
  const clock = new TestClock();
  const now = () => clock.now();
  const leases = new TestLeases(system, now);
  let nextRollback = now() + ROLLBACK_INTERVAL_MS;
  const logs: string[] = [];

  const start = async (): Promise<Instance> => {
    const life = { ended: false };
    const mayChange = (key: string): boolean => {
      if (system.standby) return false;
      if (system.performance !== "secondary" || system.localMount) return true;
      const { localStorage = [] } = specialPathsOf(backend);
      return localStorage.some((prefix) => key.startsWith(prefix));
    };
    const mount: Mount = {
      storage: processView(storage, life, mayChange),
      system: viewOf(system),
      logger: memoryLogger(logs),
      clock,
      uuid,
    };
    const backend = factory(mount);
    await backend.initialize?.();
    return { mount, backend, life };
  };
  let instance = await start();

  const handle = async (
    request: Request,
    { signal }: TestRequestOptions = {},
  ): Promise<Reply | undefined> => {
    const { backend, mount, life } = instance;
    return await whileAlive(life, () =>
      handleRequest(backend, mount, request, { signal: signal ?? new AbortController().signal }),
    );
  };
  const about = (operation: string, lease: TestLease | undefined, increment = 0): Request => {
    if (!lease) throw new Error("the answer has no lease");
    const { id, internal, issueTime } = lease;
    return { ...requestOf(operation, "", {}), lease: { id, internal, issueTime, increment } };
  };

  const host: TestHost = {
    get backend() {
      return instance.backend;
    },
    storage,
    system,
    clock,
    logs,
    get leases() {
      return leases.all;
    },
    get irrevocableLeases() {
      return leases.irrevocable;
    },
    async request(operation, path, data = {}, options = {}) {
      const reply = await handle({ ...requestOf(operation, path, data), ...options.from }, options);
      return reply && answerOf(reply, reply.lease && leases.register(path, reply.lease));
    },
    read: async (path) => (await host.request("read", path))?.data,
    async write(path, data = {}) {
      const { signal } = new AbortController();
      const exists = await handleExistenceCheck(
        instance.backend,
        requestOf("update", path, data),
        signal,
      );
      return await host.request(exists === false ? "create" : "update", path, data);
    },
    async renew(lease, increment = 0) {
      const reply = await handle(about("renew", lease, increment));
      if (!lease || !reply?.lease) return undefined;
      return answerOf(reply, leases.register("", reply.lease, { lease, increment }));
    },
    async revoke(lease, options) {
      await handle(about("revoke", lease), options);
      if (lease) leases.revoked(lease);
    },
    async renewLogin(login, increment = 0) {
      if (!login) throw new Error("the answer is no login");
      const sent = {
        ...requestOf("renew", "", {}),
        login: loginOf(login, new Date(now()), increment),
      };
      return (await handle(sent))?.loginTerms;
    },
    addLease: (path, lease) => leases.register(path, lease),
    async rollback({ immediate = false } = {}) {
      await handle(requestOf("rollback", "", immediate ? { immediate: true } : {}));
    },
    async advance(seconds) {
      const end = now() + seconds * 1000;
      while (now() < end) {
        clock.set(Math.min(end, nextRollback, Math.max(leases.nextDue, now() + 1)));
        if (now() === nextRollback) {
          nextRollback += ROLLBACK_INTERVAL_MS;
          await host.rollback();
        }
        for (const lease of leases.dueBy(now())) {
          await host.revoke(lease).catch(() => leases.failed(lease));
        }
      }
    },
    invalidate: (key) => instance.backend.invalidate?.(key),
    async restart() {
      instance.life.ended = true;
      instance = await start();
    },
    snapshot: () => ({ entries: storage.snapshot(), leases: leases.snapshot() }),
    async restore(snapshot) {
      instance.life.ended = true;
      storage.restore(snapshot.entries);
      leases.restore(snapshot.leases);
      instance = await start();
    },
  };
  return host;
}

/** The plugin's process: once dead, it has no more effect. */
interface Instance {
  readonly mount: Mount;
  readonly backend: Backend;
  readonly life: Life;
}

function answerOf(reply: Reply, lease: TestLease | undefined): TestAnswer {
  const { data, warnings, headers, wrapTtl, login } = reply;
  return { data: data && overTheWire(data), warnings, headers, wrapTtl, lease, login };
}

function loginOf(login: Login, issueTime: Date, increment: number): RequestLogin {
  const { alias, policies, displayName = "", metadata = {}, internal = {}, terms } = login;
  return {
    alias: { name: alias.name, metadata: alias.metadata ?? {} },
    policies,
    displayName,
    metadata,
    internal: overTheWire(internal),
    entityId: "",
    period: terms.period ?? 0,
    explicitMaxTtl: terms.explicitMaxTtl ?? 0,
    issueTime,
    increment,
  };
}

function requestOf(operation: string, path: string, data: Data): Request {
  return {
    id: "test",
    operation,
    path,
    data: overTheWire(data),
    mountPoint: "test/",
    mountType: "test",
    mountAccessor: "test_11111111",
    displayName: "",
    entityId: "",
    clientTokenAccessor: "test-accessor",
    headers: new Map(),
  };
}

function memoryLogger(logs: string[]): Logger {
  const log = (message: string, fields?: Readonly<Record<string, unknown>>) => {
    logs.push(fields ? `${message} ${JSON.stringify(fields)}` : message);
  };
  return { trace: log, debug: log, info: log, warn: log, error: log };
}
