import fc from "fast-check";
import { expect, test } from "vitest";
import { type LeaseBounds, leaseTerms, leaseWarnings } from "./lease-terms.ts";

const bounds = {
  roleTtl: 0,
  roleMaxTtl: 0,
  mountDefaultTtl: 1800,
  mountMaxTtl: 14_400,
  explicitMaxTtl: 0,
};

test.for<
  [name: string, given: Partial<Parameters<typeof leaseTerms>[0]>, ttl: number, maxTtl: number]
>([
  ["nothing set: the mount's", {}, 1800, 14_400],
  ["the role's ttl", { roleTtl: 60 }, 60, 14_400],
  ["the role's max_ttl", { roleMaxTtl: 7200 }, 1800, 7200],
  ["the role's max_ttl below the mount's default", { roleMaxTtl: 600 }, 600, 600],
  ["the role's max_ttl above the mount's", { roleMaxTtl: 99_999 }, 1800, 14_400],
  ["the role's ttl above the mount's maximum", { roleTtl: 99_999 }, 14_400, 14_400],
  ["the configuration's limit", { explicitMaxTtl: 1200 }, 1200, 1200],
  [
    "the configuration's limit above the role's",
    { explicitMaxTtl: 9000, roleMaxTtl: 7200 },
    1800,
    7200,
  ],
  ["a token that expires before", { tokenLifetime: 900.9 }, 900, 900],
  ["a token that expires after", { tokenLifetime: 20_000 }, 1800, 14_400],
  ["what was asked for, above the role's ttl", { requestedTtl: 90, roleTtl: 60 }, 90, 14_400],
  ["what was asked for, below the role's ttl", { requestedTtl: 30, roleTtl: 60 }, 30, 14_400],
  [
    "what was asked for, above the role's max_ttl",
    { requestedTtl: 900, roleMaxTtl: 600 },
    600,
    600,
  ],
  ["nothing asked for", { requestedTtl: 0, roleTtl: 60 }, 60, 14_400],
  [
    "all of them",
    { roleTtl: 500, roleMaxTtl: 700, explicitMaxTtl: 600, tokenLifetime: 550 },
    500,
    550,
  ],
])("%s", ([, given, ttl, maxTtl]) => {
  expect(leaseTerms({ ...bounds, ...given })).toEqual({ ttl, maxTtl });
});

test.for<[name: string, given: Partial<LeaseBounds>, warnings: string[]]>([
  ["nothing is cut short", { roleTtl: 60, roleMaxTtl: 120 }, []],
  [
    "the mount cuts the ttl short",
    { roleTtl: 20_000 },
    ["the role's ttl 20000s exceeds the mount's maximum; leases are capped at 14400s"],
  ],
  [
    "the configuration cuts the max_ttl short",
    { roleMaxTtl: 700, explicitMaxTtl: 600 },
    ["the role's max_ttl 700s exceeds explicit_max_ttl of config; leases are capped at 600s"],
  ],
  [
    "Terraform Cloud cuts the ttl short",
    { roleTtl: 60, tokenLifetime: 50 },
    ["the role's ttl 60s exceeds the token's expiry at Terraform Cloud; leases are capped at 50s"],
  ],
  ["what was asked for is given", { requestedTtl: 60, roleTtl: 20_000 }, []],
  [
    "the role cuts what was asked for short",
    { requestedTtl: 900, roleMaxTtl: 600 },
    ["ttl 900s exceeds the role's max_ttl; capped at 600s"],
  ],
  [
    "the mount cuts what was asked for short",
    { requestedTtl: 20_000, roleTtl: 15_000 },
    ["ttl 20000s exceeds the mount's maximum; capped at 14400s"],
  ],
  ["only defaults are cut short", { explicitMaxTtl: 600 }, []],
])("of a warning: %s", ([, given, warnings]) => {
  expect(leaseWarnings({ ...bounds, ...given })).toEqual(warnings);
});

const seconds = fc.integer({ min: 1, max: 10_000_000 });
const optional = fc.oneof(fc.constant(0), seconds);
const anyBounds: fc.Arbitrary<LeaseBounds> = fc
  .record({
    roleTtl: optional,
    roleMaxTtl: optional,
    mountDefaultTtl: seconds,
    mountMaxTtl: seconds,
    explicitMaxTtl: optional,
  })
  // As the rules of a role have it.
  .filter(({ roleTtl, roleMaxTtl }) => roleMaxTtl === 0 || roleTtl <= roleMaxTtl);

/** A renewal: what was changed before it, how long the client waited, and what it asks for. */
const renewal = fc.record({
  bounds: anyBounds,
  wait: fc.integer({ min: 0, max: 1_000_000 }),
  increment: optional,
});

test("no order of writes, changes and renewals makes a lease outlast a limit or its token", () => {
  fc.assert(
    fc.property(
      anyBounds,
      fc.option(seconds, { nil: undefined }),
      fc.array(renewal),
      (first, shortened, renewals) => {
        const allowance = 5;
        const limitOf = ({ roleMaxTtl, mountMaxTtl, explicitMaxTtl }: LeaseBounds) =>
          Math.min(
            roleMaxTtl || Number.POSITIVE_INFINITY,
            mountMaxTtl,
            explicitMaxTtl || Number.POSITIVE_INFINITY,
          );
        // The token's life: what was asked for, or less, if Terraform Cloud knows better.
        const asked = leaseTerms(first).maxTtl + allowance;
        const tokenLifetime = Math.min(asked, shortened ?? asked);

        const issued = leaseTerms({ ...first, tokenLifetime });
        expect(issued.ttl).toBeGreaterThan(0);
        expect(issued.ttl).toBeLessThanOrEqual(Math.min(limitOf(first), tokenLifetime));
        let now = 0;
        let end = issued.ttl;
        for (const { bounds: present, wait, increment } of renewals) {
          now += wait;
          if (now >= end) return;
          const terms = leaseTerms({ ...present, tokenLifetime });
          // As hosts reckon: the client's wish goes before the ttl, and the maximum counts from the
          // issue.
          const left = Math.min(terms.maxTtl, present.mountMaxTtl) - now;
          if (left <= 0) return;
          end = now + Math.min(increment || terms.ttl, left);
          expect(Number.isInteger(end)).toBe(true);
          expect(end).toBeLessThanOrEqual(limitOf(present));
          expect(end).toBeLessThanOrEqual(tokenLifetime);
        }
      },
    ),
  );
});

test("a limit that is lowered never makes a lease longer", () => {
  const names = ["roleMaxTtl", "mountMaxTtl", "explicitMaxTtl", "tokenLifetime"] as const;
  fc.assert(
    fc.property(anyBounds, fc.constantFrom(...names), seconds, (given, name, lower) => {
      const high = { ...given, [name]: lower + 1000 };
      const low = { ...given, [name]: lower };
      expect(leaseTerms(low).ttl).toBeLessThanOrEqual(leaseTerms(high).ttl);
      expect(leaseTerms(low).maxTtl).toBeLessThanOrEqual(leaseTerms(high).maxTtl);
    }),
  );
});
