import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** Faults of requests that are not applied. */
const BEFORE = [
  /** 429. */
  "too many requests",
  /** 500 of Terraform Cloud. */
  "server error",
  /** 502 of a proxy, in HTML. */
  "proxy error",
  /** 404 of a proxy, in HTML. */
  "proxy 404",
  /** 307 to another host. */
  "redirect",
  /** No response. */
  "hang",
  /** The connection is cut. */
  "cut before",
] as const;

/** Faults of requests that are applied. */
const AFTER = [
  /** The connection is cut. */
  "cut after",
  /** 502 of a proxy. */
  "proxy error after",
  /** No response. */
  "hang after",
  /** The response is sent byte by byte, without an end. */
  "slow body",
  /** The response is invalid JSON. */
  "malformed",
  /** The response ends in the middle. */
  "truncated",
  /** The response is another JSON document. */
  "wrong document",
  /** The response has the content type of HTML. */
  "wrong type",
  /** The response is 200 MB long. */
  "huge",
] as const;

export const FAULTS = [...BEFORE, ...AFTER] as const;
export type Fault = (typeof FAULTS)[number];

/** Whether the request is applied nevertheless. */
export function isDone(fault: Fault): boolean {
  return AFTER.some((after) => after === fault);
}

const JSON_API = { "content-type": "application/vnd.api+json" };
const HTML = { "content-type": "text/html" };
const MEGABYTE = Buffer.alloc(1024 * 1024, " ");

/** Responds, or doesn't, as the fault demands. @param document The document without the fault. */
export async function answerWith(
  fault: Fault,
  response: ServerResponse,
  document: unknown,
): Promise<void> {
  const text = JSON.stringify(document ?? { data: null });
  switch (fault) {
    case "too many requests":
      response
        .writeHead(429, { ...JSON_API, "x-ratelimit-reset": "0.001" })
        .end('{"errors":["too many requests"]}');
      return;
    case "server error":
      response
        .writeHead(500, JSON_API)
        .end('{"errors":[{"status":"500","title":"internal server error"}]}');
      return;
    case "proxy error":
    case "proxy error after":
      response.writeHead(502, HTML).end("<h1>Bad gateway</h1>");
      return;
    case "proxy 404":
      response.writeHead(404, HTML).end("<h1>Not found</h1>");
      return;
    case "redirect":
      response.writeHead(307, { location: "http://127.0.0.1:1/" }).end();
      return;
    case "hang":
    case "hang after":
      return;
    case "cut before":
    case "cut after":
      response.destroy();
      return;
    case "slow body":
      response.writeHead(201, JSON_API);
      for (let sent = 0; sent < text.length && !response.destroyed; sent += 1) {
        response.write(" ");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return;
    case "malformed":
      response.writeHead(201, JSON_API).end(`{${text}`);
      return;
    case "truncated":
      response.writeHead(201, { ...JSON_API, "content-length": text.length + 100 });
      response.write(text.slice(0, 10));
      response.destroy();
      return;
    case "wrong document":
      response
        .writeHead(201, JSON_API)
        .end('{"data":{"id":"at-1","type":"authentication-tokens","attributes":{}}}');
      return;
    case "wrong type":
      response.writeHead(201, HTML).end(text);
      return;
    case "huge": {
      response.writeHead(201, JSON_API);
      const closed = once(response, "close");
      for (let sent = 0; sent < 200 && !response.destroyed; sent += 1) {
        if (!response.write(MEGABYTE)) await Promise.race([once(response, "drain"), closed]);
      }
      response.end();
    }
  }
}
