import { escapeRegExp } from "./escape-reg-exp.ts";

/**
 * What is no text of a program: comments, what it imports, and what its help and its API's
 * documents say of it.
 */
const OTHER = [
  /\/\*[\s\S]*?\*\//g,
  /^\s*\/\/.*$/gm,
  /^(?:import|export) .*from .*;$/gm,
  /\b(?:help|description|synopsis):\s*(?:"[^"]*"|`[^`]*`)/g,
];

const LITERAL = /"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
const VALUE = /\$\{[^}]*\}/g;

/** Stands for a value in a text. */
const ELLIPSIS = "…";

/** The texts of a source file, with `…` in the place of each value, and those within the values. */
export function textsOf(source: string): readonly string[] {
  const code = OTHER.reduce((rest, pattern) => rest.replace(pattern, ""), source);
  return literalsOf(code);
}

function literalsOf(code: string): readonly string[] {
  return [...code.matchAll(LITERAL)].flatMap(([, plain, template = ""]) => {
    if (plain !== undefined) return [plain.replace(/\\(.)/g, "$1")];
    const within = [...template.matchAll(VALUE)].flatMap(([value]) => literalsOf(value));
    return [template.replace(VALUE, ELLIPSIS), ...within];
  });
}

/** Whether a text says something: two words at least, that aren't code. */
export function isSaying(text: string): boolean {
  return /[A-Za-z']+ \S*\w/.test(text);
}

/** So many words are nobody's but one message's. */
const UNMISTAKABLE = /(?:\S+\s+){4}/;

/** Whether a message consists of texts, or parts of them between values, and nothing else. */
export function isMadeOf(message: string, texts: readonly string[]): boolean {
  const parts = texts.flatMap((text) => text.split(ELLIPSIS)).map((part) => part.trim());
  const longestFirst = parts
    .filter((part) => /\w\w/.test(part))
    .sort((a, b) => b.length - a.length);
  const isPart = (text: string) =>
    parts.some((part) => part === text || (UNMISTAKABLE.test(text) && part.includes(text)));
  return message
    .split(ELLIPSIS)
    .map((text) => text.trim())
    .every((text) => isPart(text) || !/\w/.test(without(text, longestFirst)));
}

/** What is left of a text without the words of some others. */
function without(text: string, parts: readonly string[]): string {
  return parts
    .filter((part) => text.includes(part))
    .reduce(
      (rest, part) => rest.replace(new RegExp(`(?<!\\w)${escapeRegExp(part)}(?!\\w)`, "g"), ""),
      text,
    );
}
