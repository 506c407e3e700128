import { Redacted } from "../redacted.ts";

/**
 * The value that each type of field has in a handler. The names are Vault's, without their `Type`
 * prefix.
 */
export interface FieldValues {
  string: string;
  lowerCaseString: string;
  nameString: string;
  int: number;
  int64: number;
  float: number;
  bool: boolean;
  map: Readonly<Record<string, unknown>>;
  kvPairs: Readonly<Record<string, string>>;
  /** Whole seconds, zero or more. */
  durationSecond: number;
  /** Whole seconds. */
  signedDurationSecond: number;
  slice: readonly unknown[];
  stringSlice: readonly string[];
  commaStringSlice: readonly string[];
  commaIntSlice: readonly number[];
  header: Readonly<Record<string, readonly string[]>>;
  time: Date;
  any: unknown;
}

export type FieldType = keyof FieldValues;

/** The options of a field. */
export interface FieldOptions<V> {
  /** One or more sentences; shown by path-help and in the OpenAPI document. */
  readonly description: string;
  /** A create or an update without it is rejected; other operations have no body. */
  readonly required?: boolean;
  /**
   * The value of a field that isn't sent; shown in the OpenAPI document, applied by `withDefaults`.
   */
  readonly default?: V;
  /** The only valid values. */
  readonly allowedValues?: readonly V[];
  /**
   * The maximum length of a string, in Unicode code points: an emoji such as 🔑
   * is one.
   */
  readonly maxLength?: number;
  /**
   * The pattern of a string that isn't empty, and the same in words that finish "must be …". If
   * spaces, line breaks or the like are all that is wrong, the error says so.
   */
  readonly matches?: { readonly pattern: RegExp; readonly mustBe: string };
  /**
   * Removes line breaks at the end of a string, and a byte order mark at its start, before all
   * checks. An editor or a shell adds them to a file, which `token=@file` sends.
   */
  readonly trimLineEnd?: boolean;
  /** Marks a secret: handlers get it `Redacted`, and the host's UI shows a password field. */
  readonly sensitive?: boolean;
  /** Marked as such in path-help and OpenAPI. */
  readonly deprecated?: boolean;
  /**
   * Sent in the query string of a read or a list, and in the body of a write: documented as a
   * parameter too. It arrives typed in either case.
   */
  readonly query?: boolean;
  /** The name that the host's UI shows instead of the key. */
  readonly displayName?: string;
}

declare const value: unique symbol;

/** One parameter of a path. Its key is its name, its type parameter the value that handlers get. */
export interface Field<V = unknown, Required extends boolean = boolean> extends FieldOptions<V> {
  readonly type: FieldType;
  readonly required: Required;
  /** Carries the type of the value; doesn't exist at run time. */
  readonly [value]?: V;
}

export type Fields = Readonly<Record<string, Field>>;

/** The value of a field, as handlers get it. */
export type FieldValue<F> = F extends Field<infer V> ? V : never;

type RequiredNames<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<unknown, infer R> ? (true extends R ? K : never) : never;
}[keyof F];

/** The values that a create or an update sent: others are absent, whatever their default. */
export type Input<F extends Fields> = {
  readonly [K in RequiredNames<F>]: FieldValue<F[K]>;
} & { readonly [K in Exclude<keyof F, RequiredNames<F>>]?: FieldValue<F[K]> };

/** The values that a patch sent: null clears a field, and required ones can't be cleared. */
export type Patch<F extends Fields> = {
  readonly [K in RequiredNames<F>]?: FieldValue<F[K]>;
} & { readonly [K in Exclude<keyof F, RequiredNames<F>>]?: FieldValue<F[K]> | null };

type AllowedOf<V, O> = O extends { readonly allowedValues: readonly (infer A extends V)[] } ? A : V;
type ValueOf<V, O> = O extends { readonly sensitive: true }
  ? Redacted<AllowedOf<V, O>>
  : AllowedOf<V, O>;
type RequiredOf<O> = O extends { readonly required: true } ? true : false;

const field =
  <T extends FieldType>(type: T) =>
  <const O extends FieldOptions<FieldValues[T]>>(
    options: O,
  ): Field<ValueOf<FieldValues[T], O>, RequiredOf<O>> =>
    ({ required: false, ...options, type }) as unknown as Field<
      ValueOf<FieldValues[T], O>,
      RequiredOf<O>
    >;

/**
 * Defines the fields of a path, with one function for each type.
 *
 * @example
 * const fields = {
 *   ttl: f.durationSecond({ description: "How long a lease lasts.", default: 3600 }),
 *   token: f.string({
 *     description: "The API token; token=@file reads it from a file.",
 *     sensitive: true,
 *     trimLineEnd: true,
 *     matches: { pattern: /^[\x21-\x7e]+$/, mustBe: "a token without spaces" },
 *   }),
 * };
 */
export const f = {
  string: field("string"),
  lowerCaseString: field("lowerCaseString"),
  nameString: field("nameString"),
  int: field("int"),
  int64: field("int64"),
  float: field("float"),
  bool: field("bool"),
  map: field("map"),
  kvPairs: field("kvPairs"),
  durationSecond: field("durationSecond"),
  signedDurationSecond: field("signedDurationSecond"),
  slice: field("slice"),
  stringSlice: field("stringSlice"),
  commaStringSlice: field("commaStringSlice"),
  commaIntSlice: field("commaIntSlice"),
  header: field("header"),
  time: field("time"),
  any: field("any"),
} as const;

/**
 * Returns the input with the default of each field that wasn't sent and has one; that of a
 * sensitive field is `Redacted`, as a sent value is.
 */
export function withDefaults<F extends Fields>(fields: F, input: Input<F>): Input<F> {
  const defaults: Record<string, unknown> = {};
  for (const [name, { default: value, sensitive }] of Object.entries(fields)) {
    if (value !== undefined) defaults[name] = sensitive ? new Redacted(value) : value;
  }
  return { ...defaults, ...input };
}
