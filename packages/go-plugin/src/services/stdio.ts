import { EventEmitter, once } from "node:events";
import { GRPCStdioDefinition, type StdioData, StdioData_Channel } from "../gen/plugin/stdio.ts";
import { type Service, service } from "../grpc/service.ts";

/** The limit of output that is buffered while the host doesn't listen; more is dropped. */
const MAX_PENDING_BYTES = 64 * 1024;

/**
 * Streams standard output to the host: after the handshake a plugin may not write to the real one.
 */
export interface Stdio {
  readonly service: Service;
  /** Adds output of the plugin. */
  readonly write: (data: Uint8Array) => void;
}

export function createStdio(): Stdio {
  const written = new EventEmitter();
  let pending: Buffer[] = [];
  let room = MAX_PENDING_BYTES;

  async function* stream(signal: AbortSignal): AsyncGenerator<StdioData> {
    for (;;) {
      // Another listener may have taken it.
      while (pending.length === 0) await once(written, "data", { signal });
      const data = Buffer.concat(pending);
      pending = [];
      room = MAX_PENDING_BYTES;
      yield { channel: StdioData_Channel.STDOUT, data };
    }
  }

  return {
    service: service(GRPCStdioDefinition, { streamStdio: (_, { signal }) => stream(signal) }),
    write(data) {
      // A copy: the writer may use its own again.
      const kept = Buffer.from(data.subarray(0, room));
      if (kept.length === 0) return;
      pending.push(kept);
      room -= kept.length;
      written.emit("data");
    },
  };
}

/** Redirects what the process writes to its standard output, with console.log too. */
export function redirectStdout(write: (data: Uint8Array) => void): void {
  process.stdout.write = (
    chunk: Uint8Array | string,
    encodingOrDone?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    const encoding = typeof encodingOrDone === "string" ? encodingOrDone : "utf8";
    write(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
    const callback = typeof encodingOrDone === "function" ? encodingOrDone : done;
    if (callback) process.nextTick(callback);
    return true;
  };
}
