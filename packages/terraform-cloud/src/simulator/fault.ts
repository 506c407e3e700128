import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** How a request can go wrong, on purpose. */
export const FAULTS = [
  /** 429, and nothing is done. */
  "too many requests",
  /** 500, as Terraform Cloud says it, and nothing is done. */
  "server error",
  /** 502 of a proxy, in HTML, and nothing is done. */
  "proxy error",
  /** 404 of a proxy, in HTML, and nothing is done. */
  "proxy 404",
  /** 307 to another host, and nothing is done. */
  "redirect",
  /** No answer, and nothing is done. */
  "hang",
  /** The connection is cut before anything is done. */
  "cut before",
  /** All is done, and the connection is cut. */
  "cut after",
  /** All is done, and a proxy says 502. */
  "proxy error after",
  /** All is done, and no answer comes. */
  "hang after",
  /** All is done, and the answer comes byte by byte, without an end. */
  "slow body",
  /** All is done, and the answer is no JSON. */
  "malformed",
  /** All is done, and the answer ends in the middle. */
  "truncated",
  /** All is done, and the answer is JSON of something else. */
  "wrong document",
  /** All is done, and the answer says that it is HTML. */
  "wrong type",
  /** All is done, and the answer is 200 MB long. */
  "huge",
] as const;
export type Fault = (typeof FAULTS)[number];

const AFTER: ReadonlySet<Fault> = new Set<Fault>([
  "cut after",
  "proxy error after",
  "hang after",
  "slow body",
  "malformed",
  "truncated",
  "wrong document",
  "wrong type",
  "huge",
]);

/** Whether what was asked for is done all the same. */
export function actsBefore(fault: Fault): boolean {
  return AFTER.has(fault);
}

const JSON_API = { "content-type": "application/vnd.api+json" };
const HTML = { "content-type": "text/html" };
const MEGABYTE = Buffer.alloc(1024 * 1024, " ");

/** Answers, or doesn't, as the fault has it. @param document What the answer would have been. */
export async function answerWith(fault: Fault, response: ServerResponse, document: unknown): Promise<void> {
  const text = JSON.stringify(document ?? { data: null });
  switch (fault) {
    case "too many requests":
      response
        .writeHead(429, { ...JSON_API, "x-ratelimit-reset": "0.001" })
        .end('{"errors":["too many requests"]}');
      return;
    case "server error":
      response.writeHead(500, JSON_API).end('{"errors":[{"status":"500","title":"internal server error"}]}');
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
    case "huge":
      response.writeHead(201, JSON_API);
      for (let sent = 0; sent < 200 && !response.destroyed; sent += 1) {
        if (!response.write(MEGABYTE)) await Promise.race([once(response, "drain"), once(response, "close")]);
      }
      response.end();
  }
}
