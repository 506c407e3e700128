/**
 * A text of path-help without its prose: an ellipsis stands for each synopsis, paragraph and
 * description, whatever its length. Headings, routes, names and types of parameters, blank lines
 * and indentation remain.
 */
export function formOfHelp(help: string): string {
  return help
    .trimEnd()
    .replace(/(?<=^Matching Route: .*\n\n)[\s\S]*?(?=\n\n+## )/m, "…")
    .replace(/(?<=^## DESCRIPTION\n\n)[\s\S]*?(?=\n\n## |$(?![\s\S]))/m, "…")
    .replace(/(?<=^## PATHS\n\n)[\s\S]*?(?=\n\n {4}\^)/m, "…")
    .replace(/^ {8}.*(?:\n {8}.*)*$/gm, "        …");
}

/**
 * What an OpenAPI document says in words. Where a field has such a name, it isn't a text that
 * stands below it.
 */
const PROSE: ReadonlySet<string> = new Set(["description", "summary"]);

/** An OpenAPI document, or a part of one, without its prose. */
export function withoutProse(document: unknown): unknown {
  if (Array.isArray(document)) return document.map(withoutProse);
  if (typeof document !== "object" || document === null) return document;
  const told = Object.entries(document).filter(
    ([name, text]) => !(PROSE.has(name) && typeof text === "string"),
  );
  return Object.fromEntries(told.map(([name, part]) => [name, withoutProse(part)]));
}
