import * as v from "valibot";

/** The media type of JSON:API. */
export const JSON_API = "application/vnd.api+json";

/** The schema of a relationship to one resource: a server may leave out the whole, or its data. */
export const toOne = v.optional(
  v.object({ data: v.optional(v.nullable(v.object({ id: v.string() }))) }),
);

/** The schema of a list's `meta`: whether there is a next page. Without it, there is none. */
export const hasNextPage = v.pipe(
  v.optional(
    v.object({
      pagination: v.optional(v.object({ "next-page": v.optional(v.nullable(v.number()), null) })),
    }),
    {},
  ),
  v.transform(({ pagination }) => (pagination?.["next-page"] ?? null) !== null),
);

/** Characters of a message. */
const MAX_LENGTH = 200;

const errorDocument = v.object({
  errors: v.array(
    v.union([
      v.string(),
      v.object({
        title: v.optional(v.nullable(v.string())),
        detail: v.optional(v.nullable(v.string())),
      }),
    ]),
  ),
});

/**
 * Returns the message of an error document on one line: each error's title and detail. Errors of
 * older servers are strings.
 *
 * @param token The one that was sent, which is redacted where the document repeats it.
 * @returns undefined if it is not an error document.
 */
export function errorText(document: unknown, token: string): string | undefined {
  const parsed = v.safeParse(errorDocument, document);
  if (!parsed.success) return undefined;
  const texts = parsed.output.errors.map((error) =>
    typeof error === "string" ? error : [error.title, error.detail].filter(Boolean).join(": "),
  );
  return texts
    .join("; ")
    .replaceAll(token, "[redacted]")
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, MAX_LENGTH);
}

/** Whether a content type is JSON: `application/json`, `application/vnd.api+json` and the like. */
export function isJson(contentType: string | undefined): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType ?? "");
}

/** Returns the value of a JSON text; undefined if it isn't valid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
