import type { FaultKind } from "./network.ts";
import type { CloudName, Operator, ROOTS, RoleKind, SINGLE_TOKEN_OWNERS } from "./seeded-world.ts";

/** What a write of the configuration names. */
export interface ConfigInput {
  readonly token?: Operator;
  readonly address?: CloudName;
  readonly base_path?: (typeof ROOTS)[number];
  readonly ca_cert?: true;
  readonly verify_connection?: false;
}

/** One thing that happens. Numbers of leases and snapshots are counted from the newest. */
export type Step = {
  readonly mount: number;
  /** Milliseconds that pass before the next step. */
  readonly pauseMs: number;
  /** When the client of a request leaves, in milliseconds; it stays if absent. */
  readonly leaves?: number | undefined;
} & (
  | {
      readonly does: "write role";
      readonly role: string;
      readonly kind: RoleKind;
      readonly ttl: number;
    }
  | { readonly does: "delete role" | "read creds" | "rotate role"; readonly role: string }
  | { readonly does: "revoke" | "renew"; readonly lease: number }
  | { readonly does: "write config"; readonly client: number; readonly input: ConfigInput }
  | { readonly does: "delete config" | "restart" | "snapshot" | "restore" | "corrupt a role" }
  | { readonly does: "crash"; readonly moments: number; readonly isBefore: boolean }
  | {
      readonly does: "fault";
      readonly kind: FaultKind;
      readonly method: "GET" | "POST" | "DELETE" | "any";
      readonly skip: number;
    }
  | { readonly does: "owner hangs"; readonly owner: string; readonly seconds: number }
  | { readonly does: "set host clock" | "set Terraform Cloud's clock"; readonly seconds: number }
  | {
      readonly does: "replace by hand";
      readonly owner: (typeof SINGLE_TOKEN_OWNERS)[number];
    }
);

/** A history: from it all else follows. */
export interface History {
  readonly seed: number;
  /** The first token of each mount. */
  readonly tokens: readonly Operator[];
  /** What the roles of each mount name at first; null for a role that isn't there. */
  readonly roles: readonly (readonly (RoleKind | null)[])[];
  readonly steps: readonly Step[];
  /** Whether each mount has its first token again when the faults are over. */
  readonly isRepaired: boolean;
}

export const MOUNTS = 2;
export const ROLE_NAMES = ["a", "b"] as const;

/** The history as a table: one line a step. */
export function describeHistory({ seed, tokens, roles, steps, isRepaired }: History): string {
  const start = tokens.map((token, mount) => {
    const named = ROLE_NAMES.map((name, index) => `${name}: ${roles[mount]?.[index] ?? "none"}`);
    return `  mount ${mount} has the token of ${token}, roles ${named.join(", ")}`;
  });
  const lines = steps.map(({ mount, does, pauseMs, ...rest }) => {
    const details = Object.entries(rest).filter(([, value]) => value !== undefined);
    const text = details.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(" ");
    return (
      `  mount ${mount}: ${does} ${text}`.trimEnd() + (pauseMs > 0 ? `; ${pauseMs} ms pass` : "")
    );
  });
  const end = isRepaired ? ["  each mount gets its first token again"] : [];
  return [`seed ${seed}`, ...start, ...lines, ...end].join("\n");
}
