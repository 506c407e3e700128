/**
 * The outcomes of operations when something is wrong. A row or a column may be of several,
 * separated by commas.
 */
export interface OutcomeTable {
  /** Operations. */
  readonly columns: readonly string[];
  /** By what is wrong: an outcome for each column. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
}

/** One cell of a table, of one operation and one thing that is wrong. */
export interface Cell {
  readonly row: string;
  readonly operation: string;
  readonly outcome: string;
}

/**
 * The expected outcomes: the status, whether a token was created or deleted at Terraform Cloud all
 * the same, and whether an entry remains because the outcome is unknown.
 *
 * docs/reliability.md has the same tables, by their heading; a test compares them.
 */
export const OUTCOMES: Readonly<Record<string, OutcomeTable>> = {
  "fault of a change": {
    columns: [
      "user creds, team creds",
      "first role, moved role, rotation",
      "last role",
      "revocation",
    ],
    rows: {
      "too many requests": ["502", "502", "502", "400"],
      "server error, proxy error, proxy 404, redirect, cut before": [
        "502, logged",
        "502, logged",
        "502, logged",
        "400",
      ],
      hang: ["504, logged", "504, logged", "504, logged", "400"],
      "cut after, proxy error after, truncated, huge, wrong type": [
        "502, logged",
        "502, done, logged",
        "502, done, logged",
        "400, done",
      ],
      "hang after, slow body": [
        "504, done, logged",
        "504, done, logged",
        "504, done, logged",
        "400, done",
      ],
      "malformed, wrong document": ["502", "502, done, logged", "204, done", "204, done"],
    },
  },
  "fault of a read": {
    columns: ["first role, moved role, rotation", "config"],
    rows: {
      "too many requests, server error, proxy error, proxy 404, redirect, cut before, cut after, proxy error after, malformed, truncated, wrong document, wrong type, huge":
        ["502", "400"],
      "hang, hang after, slow body": ["504", "400"],
    },
  },
  condition: {
    columns: [
      "user creds",
      "team creds",
      "first role, moved role, rotation",
      "last role",
      "revocation",
      "config",
    ],
    rows: {
      "a certificate of another authority": ["502", "502", "502", "502", "400", "400"],
      "an old Terraform Enterprise": [
        "200, done",
        "400",
        "204, done",
        "204, done",
        "204, done",
        "204",
      ],
      "tokens that never expire": [
        "200, done",
        "200, done",
        "204, done",
        "204, done",
        "204, done",
        "204",
      ],
      "a policy of five minutes for tokens": [
        "200, done",
        "400",
        "204, done",
        "204, done",
        "204, done",
        "204",
      ],
      "a clock an hour ahead": ["502", "502", "204, done", "204, done", "204, done", "204"],
      "a clock an hour behind": [
        "200, done",
        "200, done",
        "204, done",
        "204, done",
        "204, done",
        "204",
      ],
    },
  },
};

/** The cells of a table, row by row. */
export function cellsOf({ columns, rows }: OutcomeTable): readonly Cell[] {
  return Object.entries(rows).flatMap(([names, outcomes]) =>
    names
      .split(", ")
      .flatMap((row) =>
        columns.flatMap((operations, index) =>
          operations
            .split(", ")
            .map((operation) => ({ row, operation, outcome: outcomes[index] ?? "" })),
        ),
      ),
  );
}

/** A table as a document has it. */
export function markdownOf(heading: string, { columns, rows }: OutcomeTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const head = [heading, ...columns];
  return [
    line(head),
    line(head.map((cell) => "-".repeat(cell.length))),
    ...Object.entries(rows).map(([names, outcomes]) => line([names, ...outcomes])),
  ].join("\n");
}
