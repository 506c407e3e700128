import { PluginError } from "../errors.ts";
import type { Data } from "../reply.ts";

/**
 * Data of the protocol: JSON text of an object; `null` and the empty text are the empty object.
 *
 * @throws PluginError `internal` for anything else.
 */
export function decodeData(text: string): Data {
  if (text === "" || text === "null") return {};
  const data: unknown = parseJson(text);
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new PluginError("internal", "the host sent data that isn't a JSON object");
  }
  return data as Data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message repeats the text, which may hold a secret.
    return undefined;
  }
}
