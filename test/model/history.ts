import fc from "fast-check";
import { FAULTS, type FaultKind } from "./network.ts";
import {
  type CloudName,
  OPERATORS,
  type Operator,
  OWNERS,
  type OwnerPath,
  ROLES,
  ROOTS,
  type RoleKind,
} from "./seeded-world.ts";

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
  | { readonly does: "write role"; readonly role: string; readonly kind: RoleKind; readonly ttl: number }
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
  | { readonly does: "owner hangs"; readonly owner: OwnerPath; readonly seconds: number }
  | { readonly does: "set host clock" | "set Terraform Cloud's clock"; readonly seconds: number }
  | {
      readonly does: "replace by hand";
      readonly owner: "organizations/acme" | "organizations/globex" | "teams/team-acme-dev";
    }
);

/** A history: from it all else follows. */
export interface History {
  readonly seed: number;
  /** The first token of each mount. */
  readonly tokens: readonly Operator[];
  readonly steps: readonly Step[];
  /** Whether each mount has its first token again when the faults are over. */
  readonly isRepaired: boolean;
}

export const MOUNTS = 2;

const from = <const T>(...values: readonly T[]) => fc.constantFrom(...values);
const keys = <K extends string>(record: Readonly<Record<K, unknown>>) =>
  from(...(Object.keys(record) as K[]));

const role = from("a", "b", "c");
const common = {
  mount: fc.nat({ max: MOUNTS - 1 }),
  pauseMs: from(0, 5, 100, 1000, 20_000, 100_000),
};
const request = { ...common, leaves: fc.option(from(1, 50, 400, 5000), { nil: undefined, freq: 5 }) };

const input: fc.Arbitrary<ConfigInput> = fc.oneof(
  fc.record({ token: keys(OPERATORS) }),
  fc.record({ address: from<CloudName>("A", "B") }),
  fc.record({ base_path: from(...ROOTS) }),
  fc.record({ ca_cert: fc.constant(true as const) }),
  fc
    .record({ token: keys(OPERATORS) })
    .map(({ token }): ConfigInput => ({ token, address: OPERATORS[token].cloud })),
  keys(OPERATORS).map(
    (token): ConfigInput => ({ token, address: OPERATORS[token].cloud, verify_connection: false }),
  ),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ...request,
      does: fc.constant("write role" as const),
      role,
      kind: keys(ROLES),
      ttl: from(0, 60, 3600),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      ...request,
      does: from("delete role", "read creds", "read creds", "rotate role"),
      role,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ ...request, does: from("revoke", "revoke", "renew"), lease: fc.nat({ max: 2 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...request,
      does: fc.constant("write config" as const),
      client: fc.nat({ max: 1 }),
      input,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...common,
      does: from("delete config", "restart", "snapshot", "snapshot", "restore", "corrupt a role"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...common,
      does: fc.constant("crash" as const),
      moments: fc.nat({ max: 15 }),
      isBefore: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      ...common,
      does: fc.constant("fault" as const),
      kind: from(...FAULTS),
      method: from("GET", "POST", "DELETE", "any"),
      skip: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...common,
      does: fc.constant("owner hangs" as const),
      owner: from(...OWNERS),
      seconds: from(30, 300),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...common,
      does: from("set host clock", "set Terraform Cloud's clock"),
      seconds: from(0, 60, -60, 3600, -3600, 200_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...common,
      does: fc.constant("replace by hand" as const),
      owner: from("organizations/acme", "organizations/globex", "teams/team-acme-dev"),
    }),
  },
) as fc.Arbitrary<Step>;

/** Histories of up to so many steps. */
export function histories(maxSteps: number): fc.Arbitrary<History> {
  return fc.record({
    seed: fc.nat(),
    tokens: fc.array(from<Operator>("ann", "ann", "bob", "acme"), { minLength: MOUNTS, maxLength: MOUNTS }),
    steps: fc.array(step, { minLength: 1, maxLength: maxSteps, size: "max" }),
    isRepaired: fc.boolean(),
  });
}

/** The history as a table: one line a step. */
export function describeHistory({ seed, tokens, steps, isRepaired }: History): string {
  const lines = steps.map(({ mount, does, pauseMs, ...rest }) => {
    const details = Object.entries(rest).filter(([, value]) => value !== undefined);
    const text = details.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(" ");
    return `  mount ${mount}: ${does} ${text}`.trimEnd() + (pauseMs > 0 ? `; ${pauseMs} ms pass` : "");
  });
  const end = isRepaired ? ["  each mount gets its first token again"] : [];
  return [`seed ${seed}, the mounts' tokens: ${tokens.join(", ")}`, ...lines, ...end].join("\n");
}
