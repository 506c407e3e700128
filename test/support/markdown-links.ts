/** A link of a document to another in the repository, or to a part of its own. */
export interface Link {
  /** As it is written, relative to the document; empty for the document itself. */
  readonly path: string;
  /** Of a heading; empty for none. */
  readonly anchor: string;
}

/** The links of a document, but for those to other hosts. */
export function linksOf(markdown: string): readonly Link[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor = ""] = target.split("#");
      return { path, anchor };
    });
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, "");
}
