/** One row of a table of parameters, or of fields of an answer. */
export interface Row {
  readonly name: string;
  readonly type: string;
  /** As the document writes it; empty for none. */
  readonly default: string;
  readonly text: string;
}

/** The tables of one path in a document. */
export interface PathTables {
  /** Such as `role/:name`. */
  readonly path: string;
  readonly parameters: readonly Row[];
  readonly fields: readonly Row[];
}

/**
 * The tables of each path of a document: what a request takes, and what the answer to a read holds.
 */
export function pathTablesOf(markdown: string): readonly PathTables[] {
  const sections = markdown.split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const [, path] = /^`([^`]+)`\n/.exec(section) ?? [];
    if (path === undefined) return [];
    const parameters = rowsOf(section, "parameter").map(
      ([name = "", type = "", fallback = "", text = ""]) => ({
        name,
        type,
        default: fallback,
        text,
      }),
    );
    const fields = rowsOf(section, "field").map(([name = "", type = "", text = ""]) => ({
      name,
      type,
      default: "",
      text,
    }));
    return [{ path, parameters, fields }];
  });
}

/**
 * The cells of the first table whose first column has that heading; what the first and the third
 * hold in code marks, without them.
 */
function rowsOf(section: string, heading: string): readonly (readonly string[])[] {
  const [, table = ""] =
    new RegExp(`^\\| ${heading} .*\\n\\|[ -|]*\\n((?:\\|.*\\n)*)`, "m").exec(section) ?? [];
  return table
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.slice(1, -1).split("|").map(cell));
}

function cell(text: string): string {
  return text.trim().replace(/^`([^`]*)`$/, "$1");
}
