import type { Backend } from "./backend.ts";
import type { Data } from "./data.ts";
import { PluginError } from "./errors.ts";
import { type InputKind, parseInput } from "./fields/parse-input.ts";
import { mountHelp, pathHelp } from "./help.ts";
import { renewLogin } from "./login-reply.ts";
import type { Mount } from "./mount.ts";
import { openApiDocument } from "./openapi.ts";
import type { Path } from "./path.ts";
import { requireActiveNode, requireWriteSafe } from "./replication.ts";
import { Reply } from "./reply.ts";
import { OPERATIONS, type Operation, type Request, type RequestLease } from "./request.ts";
import { handleRollback } from "./rollback.ts";
import { secretOf } from "./secret.ts";

/**
 * Operations that always change something: a node that may not do so has them forwarded before any
 * handler runs.
 */
const WRITES: ReadonlySet<string> = new Set<Operation>(["create", "update", "patch", "delete"]);

/** What the request of an operation contains; some of the fields by default. */
const INPUT_KINDS: { readonly [O in Operation]?: InputKind } = {
  create: "whole",
  update: "whole",
  patch: "patch",
};

/**
 * The client of a request. The signal may be created when it is asked for: most requests end
 * before anybody listens, and it costs as much as the rest of them.
 */
export interface Waiting {
  /** Aborted when the client disconnects or its time is up. */
  readonly signal: AbortSignal;
}

/**
 * Handles one request of the host: the only entry point of a backend.
 *
 * @returns undefined for an empty response.
 * @throws PluginError if the request fails.
 */
export async function handleRequest(
  backend: Backend,
  mount: Mount,
  request: Request,
  waiting: Waiting,
): Promise<Reply | undefined> {
  switch (request.operation) {
    case "renew": {
      if (request.login)
        return await renewLogin(backend.auth, request, request.login, waiting.signal);
      const lease = leaseOf(request);
      return await secretOf(backend.secrets ?? [], lease).renew(request, lease, waiting.signal);
    }
    case "revoke": {
      const lease = leaseOf(request);
      await secretOf(backend.secrets ?? [], lease).revoke(request, lease, waiting.signal);
      return undefined;
    }
    case "help":
      return await help(backend, mount, request);
    case "rollback":
      return void (await handleRollback(
        backend,
        mount,
        "immediate" in request.data,
        waiting.signal,
      ));
    case "resolve-path":
      return undefined;
    default:
      return await handlePath(backend, mount, request, waiting);
  }
}

/**
 * Whether the object of a write exists.
 *
 * @returns undefined if its path has no `exists`.
 */
export async function handleExistenceCheck(
  backend: Backend,
  request: Request,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const { path, captures } = route(backend, request.path);
  return await path.exists?.({ params: parseInput(path.params, captures), request, signal });
}

async function handlePath(
  backend: Backend,
  mount: Mount,
  request: Request,
  waiting: Waiting,
): Promise<Reply | undefined> {
  const { path, captures } = route(backend, request.path);
  const operation = OPERATIONS.find((known) => known === request.operation);
  const handler = operation && path.handlers[operation];
  if (!operation || !handler)
    throw new PluginError("unsupported_operation", "unsupported operation");
  if (WRITES.has(operation)) {
    await (path.localWrites ? requireActiveNode(mount) : requireWriteSafe(mount));
  }

  const params = parseInput(path.params, captures);
  if (
    operation === "patch" &&
    (await path.exists?.({ params, request, signal: waiting.signal })) === false
  ) {
    throw new PluginError(
      "not_found",
      `patching "${request.path}" failed: it doesn't exist; create it with a write first`,
    );
  }
  const input = parseInput(path.fields, request.data, INPUT_KINDS[operation] ?? "partial");
  const context = {
    params,
    input,
    request,
    get signal() {
      return waiting.signal;
    },
  };
  const result = (await handler(context)) as Reply | Data | undefined;
  if (result === undefined) return undefined;
  const answer = result instanceof Reply ? result : new Reply({ data: result });
  const warnings = [...answer.warnings, ...inputWarnings(path, request.data)];
  return new Reply({ ...answer, warnings });
}

function route(
  backend: Backend,
  requestPath: string,
): { path: Path; captures: Readonly<Record<string, string>> } {
  for (const path of backend.paths) {
    const captures = path.match(requestPath);
    if (captures) return { path, captures };
  }
  throw new PluginError("unsupported_path", "unsupported path");
}

/** Returns Vault's warnings about parameters that it didn't use. */
function inputWarnings(path: Path, sent: Data): string[] {
  const names = Object.keys(sent).sort();
  const replaced = names.filter((name) => Object.hasOwn(path.params, name) && sent[name] !== null);
  const ignored = names.filter(
    (name) => !Object.hasOwn(path.params, name) && !Object.hasOwn(path.fields, name),
  );
  return [
    ...(ignored.length > 0
      ? [`Endpoint ignored these unrecognized parameters: [${ignored.join(" ")}]`]
      : []),
    ...(replaced.length > 0
      ? [
          `Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [${replaced.join(" ")}]`,
        ]
      : []),
  ];
}

async function help(backend: Backend, mount: Mount, request: Request): Promise<Reply> {
  const path = request.path === "" ? undefined : route(backend, request.path).path;
  const prefix = request.data["requestResponsePrefix"];
  return new Reply({
    data: {
      help: path ? pathHelp(path, request.path) : mountHelp(backend),
      see_also: null,
      openapi: openApiDocument(
        path ? [path] : backend.paths,
        await mount.system.hostVersion(),
        typeof prefix === "string" ? prefix : request.mountType,
      ),
    },
  });
}

function leaseOf(request: Request): RequestLease {
  if (!request.lease)
    throw new PluginError("internal", `a ${request.operation} request without a secret`);
  return request.lease;
}
