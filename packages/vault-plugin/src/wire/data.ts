import type { Data } from "../data.ts";
import { PluginError } from "../errors.ts";
import { parseJson } from "./parse-json.ts";

/**
 * Parses the protocol's data: the JSON of an object; `null` and the empty string are the empty
 * object.
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
