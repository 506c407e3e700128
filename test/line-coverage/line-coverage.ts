/** Coverage as Istanbul writes it, by file: where each statement is, and how often it ran. */
export type IstanbulCoverage = Readonly<
  Record<
    string,
    {
      readonly statementMap: Readonly<
        Record<string, { readonly start: { readonly line: number } }>
      >;
      readonly s: Readonly<Record<string, number>>;
    }
  >
>;

/** How much of a file is covered. */
export interface FileLines {
  readonly file: string;
  /** How many lines have a statement. */
  readonly lines: number;
  /** Those of them that never ran. */
  readonly missed: readonly number[];
}

/**
 * The lines on which a statement starts, and those that ran: in the tests' own processes, or in
 * others.
 *
 * @param elsewhere The lines of each file that other processes ran.
 */
export function lineCoverage(
  coverage: IstanbulCoverage,
  elsewhere: ReadonlyMap<string, ReadonlySet<number>>,
): readonly FileLines[] {
  return Object.entries(coverage).map(([file, { statementMap, s }]) => {
    const statements = Object.entries(statementMap).map(([id, { start }]) => ({
      line: start.line,
      count: s[id] ?? 0,
    }));
    const ran = new Set(statements.filter(({ count }) => count > 0).map(({ line }) => line));
    const all = [...new Set(statements.map(({ line }) => line))];
    const missed = all.filter((line) => !ran.has(line) && !elsewhere.get(file)?.has(line));
    return { file, lines: all.length, missed };
  });
}

/** The part of the lines that ran, in percent; of nothing, all. */
export function percent(files: readonly FileLines[]): number {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const missed = files.reduce((sum, file) => sum + file.missed.length, 0);
  return lines === 0 ? 100 : (100 * (lines - missed)) / lines;
}
