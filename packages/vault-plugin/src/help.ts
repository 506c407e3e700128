import type { Backend } from "./backend.ts";
import { fieldTypes } from "./fields/types.ts";
import type { Path } from "./path.ts";

/** Returns the help of one path, in the form of Vault's `path-help`. */
export function pathHelp(path: Path, requestPath: string): string {
  const fields = Object.entries({ ...path.params, ...path.fields }).sort(byName);
  const parameters = fields.flatMap(([name, field]) => [
    `${indent(4, name)} (${fieldTypes[field.type].label})`,
    "",
    indent(8, `${field.deprecated ? "(DEPRECATED) " : ""}${field.description.trim()}`),
    "",
  ]);
  return [
    `Request:        ${requestPath}`,
    `Matching Route: ${path.route}`,
    "",
    path.help.synopsis.trim(),
    "",
    // Without parameters two blank lines remain, as Vault prints it.
    ...(fields.length > 0 ? ["## PARAMETERS", "", ...parameters] : [""]),
    "## DESCRIPTION",
    "",
    path.help.description.trim(),
    ...(path.rules?.length ? ["", "Rules:", "", ...path.rules.map((rule) => `  - ${rule}`)] : []),
  ].join("\n");
}

/** Returns the help of the whole mount. */
export function mountHelp(backend: Backend): string {
  const routes = backend.paths
    .map((path) => [path.route, path.help.synopsis.trim()] as const)
    .sort(byName);
  return [
    "## DESCRIPTION",
    "",
    backend.help.trim(),
    "",
    "## PATHS",
    "",
    "These are the paths of this mount. To read the help of one of them, run path-help",
    "with any path that its pattern matches. The policies of your token determine which",
    "paths you can use.",
    "",
    ...routes.flatMap(([route, synopsis]) => [indent(4, route), indent(8, synopsis), ""]),
  ]
    .join("\n")
    .trim();
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function indent(width: number, text: string): string {
  return text.replace(/^/gm, " ".repeat(width));
}
