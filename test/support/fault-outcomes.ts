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
      "user creds, team creds, agent creds, metrics creds, rotate-root of user, rotate-root of team",
      "first role, first audit role, moved role, rotation, audit rotation",
      "scheduled rotation",
      "last role, last audit role",
      "revocation, agent revocation, metrics revocation",
      "rotate-root of legacy team, rotate-root of organization, rotate-root of organization that a role stores",
    ],
    rows: {
      "too many requests": ["502", "502", "200", "502", "400", "502"],
      "server error, proxy error, proxy 404, redirect, cut before": [
        "502, logged",
        "502, logged",
        "200, logged",
        "502, logged",
        "400",
        "502, logged",
      ],
      hang: ["504, logged", "504, logged", "200, logged", "504, logged", "400", "504, logged"],
      "cut after, proxy error after, truncated, huge, wrong type": [
        "502, logged",
        "502, done, logged",
        "502, done, logged",
        "502, done, logged",
        "400, done",
        "502, done, logged",
      ],
      "hang after, slow body": [
        "504, done, logged",
        "504, done, logged",
        "504, done, logged",
        "504, done, logged",
        "400, done",
        "504, done, logged",
      ],
      "malformed, wrong document": [
        "502",
        "502, done, logged",
        "502, done, logged",
        "204, done",
        "204, done",
        "502, done, logged",
      ],
    },
  },
  "fault of a read": {
    columns: [
      "metrics creds",
      "first role, first audit role, moved role, rotation, audit rotation",
      "scheduled rotation",
      "config",
      "rotate-root of user, rotate-root of team, rotate-root of legacy team",
      "rotate-root of organization, rotate-root of organization that a role stores",
    ],
    rows: {
      "too many requests, server error, proxy error, proxy 404, redirect, cut before, cut after, proxy error after, malformed, truncated, wrong document, wrong type, huge":
        ["502", "502", "200", "400", "502", "502"],
      "hang, hang after, slow body": ["504", "504", "200", "400", "504", "504"],
    },
  },
  "fault of a deletion": {
    columns: ["rotate-root of user, rotate-root of team"],
    rows: {
      "too many requests, server error, proxy error, proxy 404, redirect, cut before, hang": [
        "200, done, logged",
      ],
      "cut after, proxy error after, truncated, huge, wrong type, hang after, slow body": [
        "200, done, logged",
      ],
      "malformed, wrong document": ["200, done"],
    },
  },
  condition: {
    columns: [
      "user creds",
      "team creds, metrics creds",
      "agent creds, rotate-root of user",
      "first role, moved role, rotation, last role",
      "first audit role, audit rotation, last audit role",
      "scheduled rotation",
      "revocation, agent revocation",
      "metrics revocation",
      "config",
      "rotate-root of team",
      "rotate-root of legacy team, rotate-root of organization, rotate-root of organization that a role stores",
    ],
    rows: {
      "a certificate of another authority": [
        "502",
        "502",
        "502",
        "502",
        "502",
        "200",
        "400",
        "400",
        "400",
        "502",
        "502",
      ],
      "an old Terraform Enterprise": [
        "200, done",
        "400",
        "200, done",
        "204, done",
        "400",
        "200, done",
        "204, done",
        "400",
        "204",
        "400",
        "200, done",
      ],
      "tokens that never expire": [
        "200, done",
        "200, done",
        "200, done",
        "204, done",
        "204, done",
        "200, done",
        "204, done",
        "204, done",
        "204",
        "200, done",
        "200, done",
      ],
      "a policy of a quarter of an hour for tokens": [
        "200, done",
        "400",
        "200, done",
        "204, done",
        "204, done",
        "200, done",
        "204, done",
        "204, done",
        "204",
        "400",
        "400",
      ],
      "a clock an hour ahead": [
        "502",
        "502",
        "200, done",
        "204, done",
        "204, done",
        "200, done",
        "204, done",
        "204, done",
        "204",
        "200, done",
        "200, done",
      ],
      "a clock an hour behind": [
        "200, done",
        "200, done",
        "200, done",
        "204, done",
        "204, done",
        "200, done",
        "204, done",
        "204, done",
        "204",
        "200, done",
        "200, done",
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

/**
 * Some of a table's cells: in each of its cells each thing that is wrong, and each operation, at
 * least once.
 */
export function someCellsOf({ columns, rows }: OutcomeTable): readonly Cell[] {
  return Object.entries(rows).flatMap(([names, outcomes]) => {
    const wrongs = names.split(", ");
    return columns.flatMap((column, index) => {
      const operations = column.split(", ");
      const count = Math.max(wrongs.length, operations.length);
      return Array.from({ length: count }, (_, at) => ({
        row: wrongs[at % wrongs.length] ?? "",
        operation: operations[at % operations.length] ?? "",
        outcome: outcomes[index] ?? "",
      }));
    });
  });
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
