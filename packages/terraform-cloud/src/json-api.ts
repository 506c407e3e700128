import * as v from "valibot";

/** The media type of JSON:API. */
export const JSON_API = "application/vnd.api+json";

const MAX_TEXT = 200;

const errorDocument = v.object({
  errors: v.array(
    v.union([
      v.string(),
      v.object({ title: v.optional(v.nullable(v.string())), detail: v.optional(v.nullable(v.string())) }),
    ]),
  ),
});

/**
 * What an error document says, on one line: each error's title and detail, or its text, which older answers have.
 *
 * @param token The one that was sent: where the document repeats it, the line doesn't.
 * @returns undefined if it is no error document.
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
    .slice(0, MAX_TEXT);
}

/** Whether a content type is JSON, in whatever dress. */
export function isJson(contentType: string | undefined): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType ?? "");
}
