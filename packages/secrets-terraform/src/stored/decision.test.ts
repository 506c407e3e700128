import { Redacted } from "@vault-ts/vault-plugin";
import { describe, expect, test } from "vitest";
import { decide, type Situation } from "./decision.ts";
import type { PlannedChange } from "./planned-change.ts";
import { type StoredToken, UNKNOWN_ROTATION } from "./stored-token.ts";

/** The change under test, and one that comes beside it. */
const THIS = "this change";
const ANOTHER = "another change";

interface Row {
  readonly change?: PlannedChange["change"];
  /** Ids of tokens: before the change, at Terraform Cloud, and in storage. */
  readonly previous: string | null;
  readonly current: string | null;
  readonly stored?: string;
  /** The change that the stored one is the outcome of; empty for none. */
  readonly outcomeOf?: string;
  readonly more?: Partial<PlannedChange>;
}

function situationOf(row: Row, isReferred: boolean): Situation {
  const { change = "create", previous, current, outcomeOf = "", more = {} } = row;
  return {
    entry: {
      id: THIS,
      data: {
        type: "organization",
        id: "acme",
        change,
        previous,
        is_absence_proven: true,
        address: "https://app.terraform.io",
        base_path: "/api/v2/",
        ca_cert: "",
        is_retried: false,
        is_previous_orphaned: false,
        ...more,
      },
    },
    current: {
      id: current,
      stored: row.stored ? storedToken(row.stored, outcomeOf) : undefined,
      storedElsewhere: undefined,
      isOwn: "no",
    },
    isReferred,
    isAnothers: outcomeOf === ANOTHER,
  };
}

function storedToken(id: string, change: string): StoredToken {
  return {
    ...UNKNOWN_ROTATION,
    token: new Redacted("a token"),
    token_id: id,
    expired_at: "",
    created_at: "",
    address: "https://app.terraform.io",
    change,
  };
}

describe("a token that a role refers to", () => {
  test.for<[name: string, row: Row, decision: string]>([
    ["created and stored", { previous: "p", current: "c", stored: "c" }, "leave"],
    ["not replaced", { previous: "p", current: "p", stored: "p" }, "leave"],
    ["created, and not stored", { previous: "p", current: "c", stored: "p" }, "replace"],
    ["created where nothing was stored", { previous: "p", current: "c" }, "replace"],
    ["created where there was none", { previous: null, current: "c" }, "replace"],
    ["never created", { previous: null, current: null }, "leave"],
    ["not replaced where nothing was stored", { previous: "p", current: "p" }, "leave"],
    ["stored, and gone", { previous: "p", current: null, stored: "c" }, "replace"],
    ["neither there nor stored any more", { previous: "p", current: null }, "replace"],
    ["stored, and replaced late", { previous: "p", current: "x", stored: "c" }, "replace"],
  ])("%s: a creation", ([, row, decision]) => {
    expect(decide(situationOf(row, true))).toBe(decision);
  });

  test.for<[name: string, row: Row, decision: string]>([
    ["not deleted", { previous: "p", current: "p", stored: "p" }, "leave"],
    ["deleted", { previous: "p", current: null, stored: "p" }, "replace"],
    ["deleted, with nothing stored", { previous: "p", current: null }, "replace"],
    [
      "deleted, and created by somebody else",
      { previous: "p", current: "x", stored: "p" },
      "forget",
    ],
    ["created by somebody else, with nothing stored", { previous: "p", current: "x" }, "leave"],
    ["rotated since", { previous: "p", current: "s", stored: "s" }, "leave"],
    [
      "rotated since, and replaced by somebody",
      { previous: "p", current: "x", stored: "s" },
      "leave",
    ],
  ])("%s: a deletion", ([, row, decision]) => {
    expect(decide(situationOf({ ...row, change: "delete" }, true))).toBe(decision);
  });
});

describe("a token that no role refers to", () => {
  const unseen = { more: { is_absence_proven: false } };
  const orphaned = { more: { is_previous_orphaned: true } };
  test.for<[name: string, row: Row, decision: string]>([
    ["created and stored", { previous: "p", current: "c", stored: "c" }, "revoke"],
    [
      "created and stored by another change",
      { previous: "p", current: "c", stored: "c", outcomeOf: ANOTHER },
      "leave",
    ],
    ["not replaced", { previous: "p", current: "p" }, "forget"],
    [
      "not replaced, but created by an earlier request",
      { previous: "p", current: "p", ...orphaned },
      "revoke",
    ],
    ["created, and not stored", { previous: "p", current: "c" }, "revoke"],
    ["created where there was none", { previous: null, current: "c" }, "revoke"],
    [
      "there, where one may have been unseen",
      { previous: null, current: "c", ...unseen },
      "forget",
    ],
    [
      "stored, and replaced by somebody else",
      { previous: "p", current: "x", stored: "c", outcomeOf: THIS },
      "forget",
    ],
    [
      "created late, with that of another change stored",
      { previous: "p", current: "c", stored: "s", outcomeOf: ANOTHER },
      "delete",
    ],
    [
      "not replaced, with that of another change stored",
      { previous: "p", current: "p", stored: "s", outcomeOf: ANOTHER },
      "leave",
    ],
  ])("%s: a creation", ([, row, decision]) => {
    expect(decide(situationOf(row, false))).toBe(decision);
  });

  test.for<[name: string, row: Row, decision: string]>([
    ["not deleted", { previous: "p", current: "p", stored: "p" }, "revoke"],
    ["not deleted, and forgotten", { previous: "p", current: "p" }, "revoke"],
    ["deleted", { previous: "p", current: null, stored: "p" }, "forget"],
    [
      "deleted, and created by somebody else",
      { previous: "p", current: "x", stored: "p" },
      "forget",
    ],
    [
      "replaced by another change",
      { previous: "p", current: "c", stored: "c", outcomeOf: ANOTHER },
      "leave",
    ],
    [
      "not deleted, with that of another change stored",
      { previous: "p", current: "p", stored: "s", outcomeOf: ANOTHER },
      "delete",
    ],
  ])("%s: a deletion", ([, row, decision]) => {
    expect(decide(situationOf({ ...row, change: "delete" }, false))).toBe(decision);
  });
});
