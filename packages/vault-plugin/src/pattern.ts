/**
 * The patterns of paths, as authors write them. `:name` stands for one name, `:rest*` for the rest
 * of the path, and a `/?` at the end for an optional slash.
 *
 * Each becomes a regular expression for the router, the text of that expression as Vault's
 * framework would print it, and the path of the OpenAPI document.
 */

/** The type of the names of a pattern's parameters. */
export type ParamNames<P extends string> = P extends `${infer Head}/${infer Tail}`
  ? ParamNames<Head> | ParamNames<Tail>
  : P extends `:${infer Name}*`
    ? Name
    : P extends `:${infer Name}`
      ? Name
      : never;

export interface CompiledPattern {
  /** Returns the parameters of a path that matches; undefined otherwise. */
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined;
  /** As path-help shows it: `^role/(?P<name>\w(([\w-.]+)?\w)?)$`. */
  readonly route: string;
  /** As OpenAPI has it: `role/{name}`. */
  readonly openApiPath: string;
}

const PARAM = /:(\w+)(\*?)/g;

/** Compiles a pattern. Matching takes time in proportion to the path's length. */
export function compilePattern(pattern: string): CompiledPattern {
  const literal = pattern.replace(/\/\?$/, "").replace(/[.+^$()[\]{}|\\]/g, "\\$&");
  const slash = pattern.endsWith("/?") ? "/?" : "";
  const regExp = new RegExp(
    `^${literal.replace(PARAM, (_, name, rest) => (rest ? `(?<${name}>.*)` : `(?<${name}>\\w(?:[\\w.-]*\\w)?)`))}${slash}$`,
  );
  return {
    match: (path) => {
      const found = regExp.exec(path);
      return found ? { ...found.groups } : undefined;
    },
    route: `^${literal.replace(PARAM, (_, name, rest) =>
      rest ? `(?P<${name}>.*)` : `(?P<${name}>\\w(([\\w-.]+)?\\w)?)`,
    )}${slash}$`,
    openApiPath: pattern.replace(/\/\?$/, "").replace(PARAM, "{$1}"),
  };
}
