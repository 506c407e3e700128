/** Characters that get into a value unnoticed, by their names in errors. */
const KINDS: readonly (readonly [name: string, characters: RegExp])[] = [
  ["a line break", /[\n\r\u0085\u2028\u2029]/g],
  ["a space", / /g],
  ["a tab", /\t/g],
  ["a control character", /(?![\t\n\r\u0085])\p{Cc}/gu],
  ["an invisible character", /(?! )[\p{Zs}\p{Cf}]/gu],
  ["bytes that aren't UTF-8", /\ufffd/g],
  ["a non-ASCII character", /(?![\u2028\u2029\ufffd\p{Zs}\p{Cf}])[^\0-\x9f]/gu],
];

/**
 * Names the kinds of characters that alone keep a string from matching, without repeating the
 * string: it may be a secret.
 *
 * @param pattern What the string doesn't match.
 * @returns such as "a space and a line break"; undefined if the string wouldn't match without them
 * either.
 */
export function unfitCharacters(pattern: RegExp, text: string): string | undefined {
  const present = KINDS.filter(([, characters]) => text.search(characters) !== -1);
  const fitsWith = (kept?: RegExp) => {
    const dropped = present.filter(([, characters]) => characters !== kept);
    const rest = dropped.reduce((left, [, characters]) => left.replace(characters, ""), text);
    return rest === "" || rest.search(pattern) !== -1;
  };
  if (!fitsWith()) return undefined;
  const found = present.filter(([, characters]) => !fitsWith(characters)).map(([name]) => name);
  if (found.length === 0) return undefined;
  // Not created before it is needed: that takes 11 ms, which a plugin's start would wait for.
  return new Intl.ListFormat("en", { type: "conjunction" }).format(found);
}
