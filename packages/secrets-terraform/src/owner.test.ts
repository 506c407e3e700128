import { expect, test } from "vitest";
import { isSameOwner, named, type Owner, ownerKey } from "./owner.ts";

test.for<[same: boolean, a: Owner, b: Owner]>([
  [true, { type: "organization", id: "globex" }, { type: "organization", id: "Globex" }],
  [false, { type: "team", id: "team-a" }, { type: "team", id: "team-A" }],
  [false, { type: "organization", id: "a" }, { type: "team", id: "a" }],
  [false, { type: "organization", id: "a" }, { type: "audit_trails", id: "a" }],
  [true, { type: "audit_trails", id: "globex" }, { type: "audit_trails", id: "Globex" }],
  [false, { type: "agent_pool", id: "apool-a" }, { type: "agent_pool", id: "apool-A" }],
])("%s: %j is %j", ([same, a, b]) => {
  expect(isSameOwner(a, b)).toBe(same);
});

test("an owner has one key in all spellings, and keeps its own for display", () => {
  expect(ownerKey({ type: "organization", id: "Globex" })).toBe("organization/globex");
  expect(ownerKey({ type: "team", id: "team-A" })).toBe("team/team-A");
  expect(named({ type: "organization", id: "Globex" })).toBe('organization "Globex"');
  expect(named({ type: "agent_pool", id: "apool-1" })).toBe('agent pool "apool-1"');
});
