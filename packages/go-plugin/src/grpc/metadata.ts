import type { IncomingHttpHeaders } from "node:http2";

/** The metadata of a call: text by lower-case key. Binary values (`…-bin`) stay in the base64 that they came in. */
export type Metadata = ReadonlyMap<string, string>;

/** Headers that carry the call itself. */
const RESERVED = /^(?::|grpc-|(?:content-type|te|user-agent)$)/;

/** The metadata in the headers of a request: all that isn't HTTP's or gRPC's own. Repeated keys are joined with commas. */
export function readMetadata(headers: IncomingHttpHeaders): Metadata {
  const metadata = new Map<string, string>();
  for (const [key, value] of Object.entries(headers)) {
    if (value === undefined || RESERVED.test(key)) continue;
    metadata.set(key, Array.isArray(value) ? value.join(",") : value);
  }
  return metadata;
}
