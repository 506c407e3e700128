/** A request that is sent over and over. */
export interface LoadRequest {
  /** Such as `http://127.0.0.1:8200`. */
  readonly address: string;
  readonly token: string;
  readonly method: "GET" | "PUT";
  /** Below `/v1/`. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
}

/** How a request is sent: by so many clients, each of which waits for its response. */
export interface Load {
  readonly request: LoadRequest;
  readonly clients: number;
  readonly ms: number;
}

export interface LoadResult {
  /** From the first request to the last response. */
  readonly seconds: number;
  /** Milliseconds of each request. */
  readonly latencies: Float64Array;
}

/** Returns the bytes of a request. */
export function encodeRequest({ address, token, method, path, body = "" }: LoadRequest): Buffer {
  const lines = [
    `${method} /v1/${path} HTTP/1.1`,
    `host: ${new URL(address).host}`,
    `x-vault-token: ${token}`,
    "x-vault-request: true",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
