import { once } from "node:events";
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";

/** The response of a call on the wire, without this package. */
export interface RawAnswer {
  readonly status: string | undefined;
  readonly message: string | undefined;
  /** The raw body: a sequence of frames. */
  readonly body: Buffer;
}

/** Returns a frame of the specification: not compressed, four bytes of length, the message. */
export function frame(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([Buffer.of(0), length, message]);
}

/** Starts a call, with its request still open. */
export function openCall(
  session: ClientHttp2Session,
  path: string,
  headers: OutgoingHttpHeaders = {},
): ClientHttp2Stream {
  return session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    ...headers,
  });
}

/** Reads a call to its end. */
export async function readAnswer(stream: ClientHttp2Stream): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  let trailers: Record<string, unknown> = {};
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.once("trailers", (headers) => {
    trailers = headers;
  });
  await once(stream, "close");
  const { "grpc-status": status, "grpc-message": message } = trailers;
  return { status: status?.toString(), message: message?.toString(), body: Buffer.concat(chunks) };
}
