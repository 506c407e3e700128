import type { IncomingHttpHeaders } from "node:http2";

/** The metadata of a call: text by lower-case key. */
export type Metadata = ReadonlyMap<string, string>;

/** The metadata in the headers of a request: all that isn't HTTP's or gRPC's own. Repeated keys are joined with commas. */
export function readMetadata(headers: IncomingHttpHeaders): Metadata {
  const metadata = new Map<string, string>();
  for (const [key, value] of Object.entries(headers)) {
    if (value === undefined || key.startsWith(":") || key.startsWith("grpc-")) continue;
    metadata.set(key, Array.isArray(value) ? value.join(",") : value);
  }
  return metadata;
}
