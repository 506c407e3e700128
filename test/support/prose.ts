/** Limits of documents, comments and code. */
export const LIMITS = {
  /** Columns of a line. */
  columns: 100,
  /** Words of a sentence. */
  sentence: 30,
  /** Words of a table's cell. */
  cell: 25,
} as const;

const FENCED = /^ *```.*?^ *```$/gms;
const HEADING = /^#+ .*$/gm;
const ROW = /^ *\|.*$/gm;
const MARKER = /^ *(?:[-*]|\d+\.) /gm;
const CODE = /`[^`\n]+`/g;
const LINK = /!?\[([^\]]*)\]\(([^)]*)\)/g;
const SENTENCE_END = /(?<=[.!?]["”)]?) +(?=["“(]?[A-Z0-9…])/;
const LITERAL =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\/(?:[^/\\]|\\.)+\/[a-z]*(?=[,;) ]|$)/g;

/** The sentences of a document's paragraphs and lists that have too many words. */
export function longSentences(markdown: string): readonly string[] {
  return paragraphsOf(markdown)
    .flatMap((paragraph) => paragraph.split(SENTENCE_END))
    .filter((sentence) => wordsOf(sentence) > LIMITS.sentence);
}

/** The cells of a document's tables that have too many words. */
export function longCells(markdown: string): readonly string[] {
  return [...markdown.replace(FENCED, "").matchAll(ROW)]
    .flatMap(([row]) => withoutMarks(row).split("|"))
    .filter((cell) => wordsOf(cell) > LIMITS.cell);
}

/**
 * The lines of a document that are too long. A row of a table can't be broken, nor can code or a
 * link within a line, a string within a sample, and what a command prints.
 */
export function longLinesOfDocument(markdown: string): readonly string[] {
  const prose = markdown.replace(FENCED, "").replace(ROW, "").split("\n");
  return [
    ...prose.filter((line) => isLong(line) && isLong(line.replace(CODE, "").replace(LINK, "$1"))),
    ...[...markdown.matchAll(FENCED)].flatMap(([block]) => longLinesOfSample(block)),
  ];
}

/**
 * The lines of a source that are too long. The formatter can't break a string, a template or a
 * regular expression.
 */
export function longLinesOfSource(source: string): readonly string[] {
  return source
    .split("\n")
    .filter((line) => isLong(line) && (isComment(line) || isLong(line.replace(LITERAL, '""'))));
}

function isLong(line: string): boolean {
  return [...line].length > LIMITS.columns;
}

function isComment(line: string): boolean {
  return /^ *(?:\/\*|\*|\/\/)/.test(line);
}

function longLinesOfSample(block: string): readonly string[] {
  const [opening = "", ...lines] = block.split("\n");
  if (opening.endsWith("sh")) return lines.filter(isLong);
  if (!opening.endsWith("console")) {
    return lines.filter((line) => isLong(line) && isLong(line.replace(LITERAL, "")));
  }
  const isCommand = (line: string, index: number) =>
    /^ *[$#] /.test(line) || lines[index - 1]?.endsWith("\\") === true;
  return lines.filter((line, index) => isLong(line) && isCommand(line, index));
}

/** Paragraphs and items of lists, each as one line. Headings may be messages, and are left out. */
function paragraphsOf(markdown: string): readonly string[] {
  const prose = [FENCED, ROW, HEADING, MARKER].reduce(
    (text, pattern) => text.replace(pattern, "\n\n"),
    markdown,
  );
  return withoutMarks(prose)
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, " ").trim());
}

/** No sentence and no cell ends within code, whose words count as others do. */
function withoutMarks(markdown: string): string {
  return markdown
    .replace(LINK, "$1")
    .replace(CODE, (code) => `A${code.replace(/[`.!?|]/g, "")}`)
    .replaceAll("**", "");
}

function wordsOf(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
