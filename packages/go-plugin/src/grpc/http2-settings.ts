import type { Http2Session, SessionOptions } from "node:http2";

/**
 * The flow-control window of a stream and of a connection, in bytes: large messages don't wait for
 * updates.
 */
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
  // In megabytes. With Node's default of 10, one large message makes it reject all further calls.
  maxSessionMemory: 1024,
};

/**
 * Sets the window of the connection, which is not among the settings, once the session is
 * connected.
 */
export function widenWindow(session: Http2Session): void {
  session.once("connect", () => {
    if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW);
  });
}
