import type { Settings } from "node:http2";

/** How many bytes one stream, and one connection, may have under way: enough that large messages don't wait for updates. */
const STREAM_WINDOW = 16 * 1024 * 1024;
export const CONNECTION_WINDOW = 64 * 1024 * 1024;

/** The settings of both sides. */
export const HTTP2_SETTINGS: Settings = {
  enablePush: false,
  initialWindowSize: STREAM_WINDOW,
  maxConcurrentStreams: 4096,
  maxHeaderListSize: 64 * 1024,
};
