import type { Contender } from "./contenders.ts";
import type { Upstream } from "./operations.ts";

/** Starts the process of a plugin. Answered with its id. */
export interface StartMessage {
  readonly kind: "start";
  readonly contender: Contender;
  readonly upstream: Upstream;
}

/** What the host without a server is asked. */
export type FrameworkMessage =
  | StartMessage
  /** Reads a path. Answered with a `LoadResult`. */
  | {
      readonly kind: "load";
      readonly plugin: string;
      readonly path: string;
      readonly clients: number;
      readonly ms: number;
    }
  | { readonly kind: "stop"; readonly plugin: string };
