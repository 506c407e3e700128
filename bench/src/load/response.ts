/** A response of HTTP/1.1 on a connection that stays open. */
export interface Response {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/** The statuses whose responses have no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/**
 * Reads a response, of which each character is a byte.
 *
 * @returns undefined as long as it isn't complete.
 * @throws Error for one that states no length: the short ones of a server do.
 */
export function parseResponse(text: string): Response | undefined {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = text.slice(0, headEnd);
  const status = Number(head.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length));
  const length = BODILESS.has(status) ? "0" : LENGTH.exec(head)?.[1];
  if (length === undefined) throw new Error(`a response states no length: ${head}`);
  const bodyStart = headEnd + HEAD_END.length;
  const bodyEnd = bodyStart + Number(length);
  return text.length < bodyEnd ? undefined : { status, body: text.slice(bodyStart, bodyEnd) };
}
