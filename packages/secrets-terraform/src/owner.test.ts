import { expect, test } from "vitest";
import { isSameOwner, named, type Owner, ownerKey } from "./owner.ts";

test.for<[same: boolean, a: Owner, b: Owner]>([
  [true, { type: "organization", id: "globex" }, { type: "organization", id: "Globex" }],
  [false, { type: "team", id: "team-a" }, { type: "team", id: "team-A" }],
  [false, { type: "organization", id: "a" }, { type: "team", id: "a" }],
])("%s: %j is %j", ([same, a, b]) => {
  expect(isSameOwner(a, b)).toBe(same);
});

test("an owner has one key in all spellings, and keeps its own for display", () => {
  expect(ownerKey({ type: "organization", id: "Globex" })).toBe("organization/globex");
  expect(ownerKey({ type: "team", id: "team-A" })).toBe("team/team-A");
  expect(named({ type: "organization", id: "Globex" })).toBe('organization "Globex"');
});
