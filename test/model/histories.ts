import fc from "fast-check";
import { type ConfigInput, type History, MOUNTS, ROLE_NAMES, type Step } from "./history.ts";
import { FAULTS } from "./network.ts";
import {
  type CloudName,
  OPERATORS,
  type Operator,
  ownersOf,
  ROLES,
  ROOTS,
  type RoleKind,
  SINGLE_TOKEN_OWNERS,
} from "./seeded-world.ts";

const from = <const T>(...values: readonly T[]) => fc.constantFrom(...values);
const keys = <K extends string>(record: Readonly<Record<K, unknown>>) =>
  from(...(Object.keys(record) as K[]));
const does = <const T>(value: T) => fc.constant(value);

const role = from(...ROLE_NAMES);
const method = from("GET", "POST", "DELETE", "any");
const clock = from(0, 60, -60, 3600, -3600, 200_000);
const common = {
  mount: fc.nat({ max: MOUNTS - 1 }),
  pauseMs: from(0, 5, 100, 1000, 20_000, 100_000),
};
const request = {
  ...common,
  leaves: fc.option(from(1, 50, 400, 5000), { nil: undefined, freq: 6 }),
};

const withAddress = keys(OPERATORS).map(
  (token): ConfigInput => ({ token, address: OPERATORS[token].cloud }),
);
const unverified = withAddress.map((written) => ({
  ...written,
  verify_connection: false as const,
}));
const alone = from<ConfigInput>({ ca_cert: true }, ...ROOTS.map((base_path) => ({ base_path })));
const input: fc.Arbitrary<ConfigInput> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ token: keys(OPERATORS) }) },
  { weight: 2, arbitrary: fc.record({ address: from<CloudName>("A", "B") }) },
  { weight: 1, arbitrary: alone },
  { weight: 3, arbitrary: withAddress },
  { weight: 2, arbitrary: unverified },
);

type Weighed = readonly [weight: number, arbitrary: fc.Arbitrary<Step>];

/**
 * What clients ask for.
 *
 * @param kinds What the roles of the history name: few, so that its requests meet.
 */
const requests = (kinds: readonly RoleKind[]): readonly Weighed[] => [
  [
    4,
    fc.record({
      ...request,
      does: does("write role"),
      role,
      kind: from(...kinds),
      ttl: from(0, 60, 3600),
    }),
  ],
  [3, fc.record({ ...request, does: does("read creds"), role })],
  [2, fc.record({ ...request, does: does("delete role"), role })],
  [2, fc.record({ ...request, does: does("rotate role"), role })],
  [
    2,
    fc.record({ ...request, does: from("revoke", "revoke", "renew"), lease: fc.nat({ max: 2 }) }),
  ],
];

/** What comes between, by its kind. */
const disturbances = (kinds: readonly RoleKind[]): readonly Weighed[] => [
  [
    4,
    fc.record({
      ...common,
      does: does("fault"),
      kind: from(...FAULTS),
      method,
      skip: fc.nat({ max: 1 }),
    }),
  ],
  [
    2,
    fc.record({
      ...common,
      does: does("fault"),
      kind: does("late"),
      method,
      skip: fc.nat({ max: 1 }),
    }),
  ],
  [
    2,
    fc.record({
      ...common,
      does: does("crash"),
      moments: fc.nat({ max: 15 }),
      isBefore: fc.boolean(),
    }),
  ],
  [1, fc.record({ ...common, does: does("restart") })],
  [2, fc.record({ ...common, does: from("snapshot", "restore") })],
  [2, fc.record({ ...request, does: does("write config"), client: fc.nat({ max: 1 }), input })],
  [1, fc.record({ ...common, does: does("delete config") })],
  [1, fc.record({ ...common, does: does("corrupt a role") })],
  [
    2,
    fc.record({
      ...common,
      does: does("owner hangs"),
      owner: from(...kinds.flatMap(ownersOf)),
      seconds: from(30, 300),
    }),
  ],
  [1, fc.record({ ...common, does: does("set host clock"), seconds: clock })],
  [1, fc.record({ ...common, does: does("set Terraform Cloud's clock"), seconds: clock })],
  [1, fc.record({ ...common, does: does("replace by hand"), owner: from(...SINGLE_TOKEN_OWNERS) })],
];

/**
 * Histories of up to so many steps. Each has few kinds of roles and of disturbances, so that these
 * have much to do with one another.
 */
export function histories(maxSteps: number): fc.Arbitrary<History> {
  const kinds = fc.uniqueArray(keys(ROLES), { minLength: 1, maxLength: 3 });
  const disturbed = fc.subarray([...disturbances(["user ann"]).keys()], { maxLength: 4 });
  const tokens = perMount(from<Operator>("ann", "ann", "ann", "bob", "acme"));
  return fc.tuple(kinds, disturbed).chain(([named, places]) =>
    fc.record({
      seed: fc.nat(),
      tokens,
      roles: perMount(fc.array(fc.option(from(...named), { freq: 4 }), sizeOf(ROLE_NAMES.length))),
      steps: fc.array(
        stepOf([
          ...requests(named),
          ...disturbances(named).filter((_, place) => places.includes(place)),
        ]),
        {
          minLength: 1,
          maxLength: maxSteps,
          size: "max",
        },
      ),
      isRepaired: fc.boolean(),
    }),
  );
}

const stepOf = (weighed: readonly Weighed[]) =>
  fc.oneof(...weighed.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const sizeOf = (length: number) => ({ minLength: length, maxLength: length });
const perMount = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, sizeOf(MOUNTS));
