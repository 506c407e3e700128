import { expect, test } from "vitest";
import { newTag, taggedDescription, tagOf } from "./token-tag.ts";

test("a tag names the mount and is unique", () => {
  const tags = Array.from({ length: 1000 }, () => newTag("0f1e2d3c-1111-2222-3333-444444444444"));
  expect(tags[0]).toMatch(/^vault-0f1e2d3c-[\da-f]{16}$/);
  expect(new Set(tags).size).toBe(1000);
});

test.for<[description: string, tag: string | undefined]>([
  ["vault-0f1e2d3c-0123456789abcdef", "vault-0f1e2d3c-0123456789abcdef"],
  ["for the pipeline vault-0f1e2d3c-0123456789abcdef", "vault-0f1e2d3c-0123456789abcdef"],
  ["vault-0f1e2d3c-0123456789abcdef for the pipeline", undefined],
  ["not-vault-0f1e2d3c-0123456789abcdef", undefined],
  ["Created by Vault", undefined],
  ["", undefined],
])("the tag of %j is %j", ([description, tag]) => {
  expect(tagOf(description)).toBe(tag);
});

test("a description is the operator's text and the tag", () => {
  expect(taggedDescription("", "tag")).toBe("tag");
  expect(taggedDescription("for the pipeline", "tag")).toBe("for the pipeline tag");
});
