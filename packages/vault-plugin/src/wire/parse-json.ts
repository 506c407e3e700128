/**
 * Parses JSON; returns undefined if it is invalid. The parser's own message would repeat the input,
 * which may hold a secret.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
