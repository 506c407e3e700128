import type { FigureTable } from "../compare/figure.ts";

/** Returns a table in Markdown that can also be read as it is; numbers are on the right. */
export function markdownTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = titles.map((_, column) =>
    Math.max(3, ...[titles, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) => {
    const padded = widths.map((width, column) => {
      const cell = cells[column] ?? "";
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [titles, rule, ...rows].map(line).join("\n");
}

/**
 * Returns figures as a table with a column for each plugin: each with its ratio to the first
 * plugin's in parentheses.
 *
 * @param plugins In their order; figures of others come after them, under their names.
 */
export function figureTable(
  { figures, digits }: FigureTable,
  plugins: readonly { readonly name: string; readonly title: string }[],
): string {
  const named = new Set(plugins.map(({ name }) => name));
  const others = new Set(figures.map(({ plugin }) => plugin).filter((name) => !named.has(name)));
  const columns = [...plugins, ...[...others].map((name) => ({ name, title: name }))];
  const rows = [...new Set(figures.map(({ row }) => row))].map((row) => [
    row,
    ...columns.map(({ name }, column) => {
      const figure = figures.find((one) => one.row === row && one.plugin === name);
      if (!figure) return "";
      const value = formatNumber(figure.value, digits);
      return column === 0 || figure.ratio === undefined
        ? value
        : `${value} (${formatNumber(figure.ratio, 2)})`;
    }),
  ]);
  return markdownTable(["", ...columns.map(({ title }) => title)], rows);
}

function formatNumber(value: number, digits: number): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
