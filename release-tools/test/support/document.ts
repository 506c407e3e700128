import { readFile } from "node:fs/promises";

/** A block of code in a document. */
export interface Block {
  readonly language: string;
  readonly code: string;
  /** The path of a file that the text before it names, if any. */
  readonly path: string | undefined;
}

/** The blocks of each section of a document, by its heading. */
export async function sectionsOf(name: string): Promise<ReadonlyMap<string, readonly Block[]>> {
  const document = await readFile(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
  const sections = document.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [heading = "", ...lines] = section.split("\n");
      return [heading, blocksOf(lines.join("\n"))];
    }),
  );
}

function blocksOf(text: string): readonly Block[] {
  const parts = [...text.matchAll(/([\s\S]*?)^```(\w+)\n([\s\S]*?)^```$/gm)];
  return parts.map(([, before = "", language = "", code = ""]) => {
    const path = [...before.matchAll(/`(\/[^`]+\.hcl)`/g)].at(-1)?.[1];
    return { language, code, path };
  });
}

/** The commands of a block, each on one line. */
export function commandsOf({ code }: Block): readonly string[] {
  return code
    .replace(/\\\n\s*/g, "")
    .trim()
    .split("\n");
}
