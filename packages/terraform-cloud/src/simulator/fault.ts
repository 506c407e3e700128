import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** How a request can go wrong with nothing done of what it asks for. */
const BEFORE = [
  /** 429. */
  "too many requests",
  /** 500, as Terraform Cloud says it. */
  "server error",
  /** 502 of a proxy, in HTML. */
  "proxy error",
  /** 404 of a proxy, in HTML. */
  "proxy 404",
  /** 307 to another host. */
  "redirect",
  /** No answer. */
  "hang",
  /** The connection is cut. */
  "cut before",
] as const;

/** How it can go wrong when all is done. */
const AFTER = [
  /** The connection is cut. */
  "cut after",
  /** A proxy says 502. */
  "proxy error after",
  /** No answer comes. */
  "hang after",
  /** The answer comes byte by byte, without an end. */
  "slow body",
  /** The answer is no JSON. */
  "malformed",
  /** The answer ends in the middle. */
  "truncated",
  /** The answer is JSON of something else. */
  "wrong document",
  /** The answer says that it is HTML. */
  "wrong type",
  /** The answer is 200 MB long. */
  "huge",
] as const;

export const FAULTS = [...BEFORE, ...AFTER] as const;
export type Fault = (typeof FAULTS)[number];

/** Whether what was asked for is done all the same. */
export function isDone(fault: Fault): boolean {
  return AFTER.some((after) => after === fault);
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
