import type { IncomingHttpHeaders } from "node:http2";

/** The metadata of a call: strings by lower-case key. Binary values (`…-bin`) stay in base64. */
export type Metadata = ReadonlyMap<string, string>;

/** Headers of the call itself. */
const RESERVED = /^(?::|grpc-|(?:content-type|te|user-agent)$)/;

/**
 * Returns the metadata in the headers of a request: all but those of HTTP and gRPC. Repeated keys
 * are joined with commas.
 */
export function readMetadata(headers: IncomingHttpHeaders): Metadata {
  const metadata = new Map<string, string>();
  for (const [key, value] of Object.entries(headers)) {
    if (value === undefined || RESERVED.test(key)) continue;
    metadata.set(key, Array.isArray(value) ? value.join(",") : value);
  }
  return metadata;
}
