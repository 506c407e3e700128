import { cpus, release, totalmem, type } from "node:os";
import type { ServerBinary } from "@vault-ts/openbao";

/** Where a run took place. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** GB. */
  readonly memory: number;
  /** With its version. */
  readonly kernel: string;
  /** With its version. */
  readonly server: string;
}

export function machineOf({ kind, version }: ServerBinary): Machine {
  const [first, ...others] = cpus();
  return {
    cpu: first?.model.trim() ?? "unknown",
    cores: 1 + others.length,
    memory: Math.round(totalmem() / 1e9),
    kernel: `${type()} ${release()}`,
    server: `${kind} ${version}`,
  };
}
