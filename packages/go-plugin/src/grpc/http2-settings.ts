import type { Http2Session, SessionOptions } from "node:http2";

/** How many bytes one stream, and one connection, may have under way: enough that large messages don't wait for updates. */
const STREAM_WINDOW = 16 * 1024 * 1024;
const CONNECTION_WINDOW = 64 * 1024 * 1024;

/** The options of both sides. */
export const HTTP2_OPTIONS: SessionOptions = {
  settings: {
    enablePush: false,
    initialWindowSize: STREAM_WINDOW,
    maxConcurrentStreams: 4096,
    maxHeaderListSize: 64 * 1024,
  },
  // In megabytes. With Node's 10, a single large message under way makes it refuse all further calls.
  maxSessionMemory: 1024,
};

/** Widens the window of the connection, which is no setting, once the session is connected. */
export function widenWindow(session: Http2Session): void {
  session.once("connect", () => {
    if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW);
  });
}
