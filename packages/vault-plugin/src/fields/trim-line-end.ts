const BYTE_ORDER_MARK = "\ufeff";

/**
 * Removes what editors and shells add to a file: line breaks at its end, and a byte order mark at
 * its start.
 */
export function trimLineEnd(text: string): string {
  let end = text.length;
  // A pattern such as /[\r\n]+$/ takes time that grows with the square of the line breaks within.
  while (end > 0 && "\r\n".includes(text.charAt(end - 1))) end -= 1;
  return text.slice(text.startsWith(BYTE_ORDER_MARK) ? 1 : 0, end);
}
