/**
 * The patterns of paths, as authors write them: `:name` stands for one name, `:rest*` for anything that is left, and a `/?`
 * at the end for a slash that may be missing. From each derives a regular expression for the router, the text of that
 * expression as Vault's framework would print it, and the path of the OpenAPI document.
 */

/** The names of a pattern's parameters, as a type. */
export type ParamNames<P extends string> = P extends `${infer Head}/${infer Tail}`
  ? ParamNames<Head> | ParamNames<Tail>
  : P extends `:${infer Name}*`
    ? Name
    : P extends `:${infer Name}`
      ? Name
      : never;

export interface CompiledPattern {
  /** The parameters of a path that matches, or undefined. */
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined;
  /** As path-help shows it: `^role/(?P<name>\w(([\w-.]+)?\w)?)$`. */
  readonly route: string;
  /** As OpenAPI has it: `role/{name}`. */
  readonly openApiPath: string;
}

const PARAM = /:(\w+)(\*?)/g;

/** The pattern, ready to match. Matching takes time in proportion to the path's length. */
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
