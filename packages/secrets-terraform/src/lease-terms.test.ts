import { expect, test } from "vitest";
import { leaseTerms } from "./lease-terms.ts";

const bounds = { roleTtl: 0, roleMaxTtl: 0, mountDefaultTtl: 1800, mountMaxTtl: 14_400, explicitMaxTtl: 0 };

test.for<[name: string, given: Partial<Parameters<typeof leaseTerms>[0]>, ttl: number, maxTtl: number]>([
  ["nothing set: the mount's", {}, 1800, 14_400],
  ["the role's ttl", { roleTtl: 60 }, 60, 14_400],
  ["the role's max_ttl", { roleMaxTtl: 7200 }, 1800, 7200],
  ["the role's max_ttl below the mount's default", { roleMaxTtl: 600 }, 600, 600],
  ["the role's max_ttl above the mount's", { roleMaxTtl: 99_999 }, 1800, 14_400],
  ["the role's ttl above the mount's maximum", { roleTtl: 99_999 }, 14_400, 14_400],
  ["the configuration's limit", { explicitMaxTtl: 1200 }, 1200, 1200],
  ["the configuration's limit above the role's", { explicitMaxTtl: 9000, roleMaxTtl: 7200 }, 1800, 7200],
  ["a token that expires before", { tokenLifetime: 900.9 }, 900, 900],
  ["a token that expires after", { tokenLifetime: 20_000 }, 1800, 14_400],
  ["all of them", { roleTtl: 500, roleMaxTtl: 700, explicitMaxTtl: 600, tokenLifetime: 550 }, 500, 550],
])("%s", ([, given, ttl, maxTtl]) => {
  expect(leaseTerms({ ...bounds, ...given })).toEqual({ ttl, maxTtl });
});
