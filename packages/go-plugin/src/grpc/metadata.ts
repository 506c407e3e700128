import type { Headers } from "../http2/hpack.ts";

/** The metadata of a call: strings by lower-case key. Binary values (`…-bin`) stay in base64. */
export type Metadata = ReadonlyMap<string, string>;

/** Headers of the call itself. */
const RESERVED = /^(?::|grpc-|(?:content-type|te|user-agent)$)/;

/** Returns the metadata in the headers of a request: all but those of HTTP and gRPC. */
export function readMetadata(headers: Headers): Metadata {
  return new Map([...headers].filter(([key]) => !RESERVED.test(key)));
}
