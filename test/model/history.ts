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
  SINGLE_TOKEN_OWNERS,
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
  /** What the roles of each mount name at first; null for a role that isn't there. */
  readonly roles: readonly (readonly (RoleKind | null)[])[];
  readonly steps: readonly Step[];
  /** Whether each mount has its first token again when the faults are over. */
  readonly isRepaired: boolean;
}

export const MOUNTS = 2;

const from = <const T>(...values: readonly T[]) => fc.constantFrom(...values);
const keys = <K extends string>(record: Readonly<Record<K, unknown>>) =>
  from(...(Object.keys(record) as K[]));
const does = <const T>(value: T) => fc.constant(value);

export const ROLE_NAMES = ["a", "b"] as const;
const role = from(...ROLE_NAMES);
const common = { mount: fc.nat({ max: MOUNTS - 1 }), pauseMs: from(0, 5, 100, 1000, 20_000, 100_000) };
const request = { ...common, leaves: fc.option(from(1, 50, 400, 5000), { nil: undefined, freq: 6 }) };

const withAddress = keys(OPERATORS).map((token): ConfigInput => ({ token, address: OPERATORS[token].cloud }));
const input: fc.Arbitrary<ConfigInput> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ token: keys(OPERATORS) }) },
  { weight: 2, arbitrary: fc.record({ address: from<CloudName>("A", "B") }) },
  {
    weight: 1,
    arbitrary: from<ConfigInput>({ ca_cert: true }, ...ROOTS.map((base_path) => ({ base_path }))),
  },
  { weight: 3, arbitrary: withAddress },
  { weight: 2, arbitrary: withAddress.map((written) => ({ ...written, verify_connection: false as const })) },
);

/** @param kinds What the roles of the history name: few, so that its requests meet. */
const steps = (kinds: readonly RoleKind[]): fc.Arbitrary<Step> => {
  const weighed: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Step>])[] = [
    [
      8,
      fc.record({ ...request, does: does("write role"), role, kind: from(...kinds), ttl: from(0, 60, 3600) }),
    ],
    [5, fc.record({ ...request, does: does("read creds"), role })],
    [3, fc.record({ ...request, does: does("delete role"), role })],
    [4, fc.record({ ...request, does: does("rotate role"), role })],
    [3, fc.record({ ...request, does: from("revoke", "revoke", "renew"), lease: fc.nat({ max: 2 }) })],
    [3, fc.record({ ...request, does: does("write config"), client: fc.nat({ max: 1 }), input })],
    [1, fc.record({ ...common, does: from("delete config", "corrupt a role") })],
    [2, fc.record({ ...common, does: from("restart", "snapshot", "snapshot", "restore", "restore") })],
    [4, fc.record({ ...common, does: does("crash"), moments: fc.nat({ max: 15 }), isBefore: fc.boolean() })],
    [
      7,
      fc.record({ ...common, does: does("fault"), kind: from(...FAULTS), method, skip: fc.nat({ max: 1 }) }),
    ],
    [2, fc.record({ ...common, does: does("owner hangs"), owner: from(...OWNERS), seconds: from(30, 300) })],
    [
      1,
      fc.record({ ...common, does: from("set host clock", "set Terraform Cloud's clock"), seconds: clock }),
    ],
    [1, fc.record({ ...common, does: does("replace by hand"), owner: from(...SINGLE_TOKEN_OWNERS) })],
  ];
  return fc.oneof(...weighed.map(([weight, arbitrary]) => ({ weight, arbitrary })));
};

const method = from("GET", "POST", "DELETE", "any");
const clock = from(0, 60, -60, 3600, -3600, 200_000);

const sizeOf = (length: number) => ({ minLength: length, maxLength: length });
const perMount = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, sizeOf(MOUNTS));

/** Histories of up to so many steps. */
export function histories(maxSteps: number): fc.Arbitrary<History> {
  const kinds = fc.uniqueArray(keys(ROLES), { minLength: 1, maxLength: 3 });
  const tokens = perMount(from<Operator>("ann", "ann", "ann", "bob", "acme"));
  return kinds.chain((named) =>
    fc.record({
      seed: fc.nat(),
      tokens,
      roles: perMount(fc.array(fc.option(from(...named), { freq: 4 }), sizeOf(ROLE_NAMES.length))),
      steps: fc.array(steps(named), { minLength: 1, maxLength: maxSteps, size: "max" }),
      isRepaired: fc.boolean(),
    }),
  );
}

/** The history as a table: one line a step. */
export function describeHistory({ seed, tokens, roles, steps, isRepaired }: History): string {
  const start = tokens.map((token, mount) => {
    const named = ROLE_NAMES.map((name, index) => `${name}: ${roles[mount]?.[index] ?? "none"}`);
    return `  mount ${mount} has the token of ${token}, roles ${named.join(", ")}`;
  });
  const lines = steps.map(({ mount, does, pauseMs, ...rest }) => {
    const details = Object.entries(rest).filter(([, value]) => value !== undefined);
    const text = details.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(" ");
    return `  mount ${mount}: ${does} ${text}`.trimEnd() + (pauseMs > 0 ? `; ${pauseMs} ms pass` : "");
  });
  const end = isRepaired ? ["  each mount gets its first token again"] : [];
  return [`seed ${seed}`, ...start, ...lines, ...end].join("\n");
}
