import type { Data } from "./data.ts";
import type { Fields, FieldValue, Input, Patch } from "./fields/field.ts";
import { type CompiledPattern, compilePattern, type ParamNames } from "./pattern.ts";
import type { Reply } from "./reply.ts";
import { OPERATIONS, type Operation, type Request } from "./request.ts";

/** The argument of a handler. */
export interface HandlerContext<P extends Fields, F extends Fields> {
  readonly params: { readonly [K in keyof P]: FieldValue<P[K]> };
  readonly input: Input<F>;
  readonly request: Request;
  /** Aborted when the client disconnects or its time is up. */
  readonly signal: AbortSignal;
}

/** The result of a handler: data, a `Reply`, or nothing (204 for a write, 404 for a read). */
export type HandlerResult<D extends Data = Data> = D | Reply | undefined;

type Reader<P extends Fields, F extends Fields, D extends Data = Data> = (
  context: PartialContext<P, F>,
) => HandlerResult<D> | Promise<HandlerResult<D>>;

/** The argument of a handler whose requests have no whole body: required fields may be missing. */
interface PartialContext<P extends Fields, F extends Fields>
  extends Omit<HandlerContext<P, F>, "input"> {
  readonly input: Partial<Input<F>>;
}

/**
 * The argument of a patch handler: the fields that were sent, null for those that the client
 * clears.
 */
interface PatchContext<P extends Fields, F extends Fields>
  extends Omit<HandlerContext<P, F>, "input"> {
  readonly input: Patch<F>;
}

/** A write may also return nothing. */
type Writer<C> = (context: C) => HandlerResult | undefined | Promise<HandlerResult> | Promise<void>;

type Operations<P extends Fields, F extends Fields, R extends Fields> = {
  readonly read?: Reader<P, F, Input<R>>;
  readonly list?: Reader<P, F>;
  readonly scan?: Reader<P, F>;
  readonly create?: Writer<HandlerContext<P, F>>;
  readonly update?: Writer<HandlerContext<P, F>>;
  /**
   * A JSON merge patch, which `bao patch` sends: fields that aren't sent stay, null clears.
   * `clearNulls` turns it into the input of an update. A null within a map is for the handler: see
   * `mergePatch`. Needs the capability `patch` in a policy.
   */
  readonly patch?: Writer<PatchContext<P, F>>;
} & {
  readonly [O in Exclude<
    Operation,
    "read" | "list" | "scan" | "create" | "update" | "patch"
  >]?: Writer<PartialContext<P, F>>;
};

export interface Help {
  /** One line: the purpose of the path. */
  readonly synopsis: string;
  /** The whole text. */
  readonly description: string;
}

export interface PathOptions<P extends Fields, F extends Fields, R extends Fields> {
  readonly help: Help;
  readonly params: P;
  readonly fields?: F;
  /** The fields of a read's response. */
  readonly returns?: R;
  /** Rules about several fields, one sentence each; path-help prints them. */
  readonly rules?: readonly string[];
  /** The operation ids of the OpenAPI document. */
  readonly operationIds?: { readonly [O in Operation]?: string };
  /**
   * Returns whether the object exists. With it, a write is a `create` or an `update`, for policies
   * too. Without, always an `update`. A patch of an object that doesn't exist is 404 before its
   * handler runs; without `exists` the handler has to check that.
   */
  readonly exists?: (context: Omit<HandlerContext<P, F>, "input">) => Promise<boolean>;
  /**
   * Whether its writes change only what a cluster doesn't replicate: leases, logins and local
   * storage. Then a performance secondary handles them, and otherwise the primary.
   */
  readonly localWrites?: boolean;
}

/** A path without its type parameters, for the router, path-help and OpenAPI. */
export interface Path
  extends Omit<PathOptions<Fields, Fields, Fields>, "fields" | "exists">,
    CompiledPattern {
  readonly fields: Fields;
  readonly handlers: {
    readonly [O in Operation]?: (context: HandlerContext<Fields, Fields>) => unknown;
  };
  readonly exists:
    | ((context: Omit<HandlerContext<Fields, Fields>, "input">) => Promise<boolean>)
    | undefined;
}

/**
 * Defines one path of a plugin: its pattern, its fields and its handlers. Routing, conversion,
 * validation, path-help, OpenAPI and the types of its handlers all derive from it.
 *
 * @param pattern As in `pattern.ts`: `role/:name`, `role/?`. Each parameter in it needs its entry
 * in `params`.
 * @returns the path, for the `paths` of a backend.
 * @example
 * definePath("creds/:name", {
 *   help: { synopsis: "Issues a password.", description: "A new password, with a lease." },
 *   params: { name: f.nameString({ description: "Who it is for." }) },
 *   // `bao read creds/ann ttl=1h`: a parameter of the query string, in seconds here.
 *   fields: { ttl: f.durationSecond({ description: "How long it lasts.", query: true }) },
 *   read: ({ params, input }) => issue(params.name, input.ttl ?? 60),
 * });
 */
export function definePath<
  const Pattern extends string,
  P extends { readonly [K in ParamNames<Pattern>]: Fields[string] } & {
    readonly [K in Exclude<keyof P, ParamNames<Pattern>>]: never;
  },
  F extends Fields = Record<never, never>,
  R extends Fields = Record<never, never>,
>(pattern: Pattern, options: PathOptions<P, F, R> & Operations<P, F, R>): Path {
  const handlers = Object.fromEntries(
    OPERATIONS.map((operation) => [operation, options[operation]]),
  );
  return {
    fields: {},
    exists: undefined,
    ...options,
    ...compilePattern(pattern),
    handlers: { ...handlers, create: options.create ?? options.update },
  } as unknown as Path;
}
