/** A request that is sent over and over. */
export interface LoadRequest {
  /** Such as `http://127.0.0.1:8200`. */
  readonly address: string;
  readonly token: string;
  readonly method: "GET" | "PUT";
  /** Below `/v1/`, in turns. */
  readonly paths: readonly string[];
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

/** Returns the bytes of a request, for each of its paths. */
export function encodeRequests(request: LoadRequest): readonly Buffer[] {
  const { address, token, method, paths, body = "" } = request;
  const headers = [
    `host: ${new URL(address).host}`,
    `x-vault-token: ${token}`,
    "x-vault-request: true",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return paths.map((path) =>
    Buffer.from([`${method} /v1/${path} HTTP/1.1`, ...headers, "", body].join("\r\n")),
  );
}
