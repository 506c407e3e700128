/** One figure of one plugin. */
export interface Figure {
  /** What it is of, such as `stored creds, 16 clients`. */
  readonly row: string;
  /** The plugin's name. */
  readonly plugin: string;
  readonly value: number;
  /** To the figure of the first plugin; undefined where that has none. */
  readonly ratio: number | undefined;
}

/** Figures of one kind. */
export interface FigureTable {
  /** With the unit. */
  readonly title: string;
  /** Digits after the point. */
  readonly digits: number;
  readonly figures: readonly Figure[];
}

/** Adds the ratios to the first plugin of each row. */
export function withRatios(
  figures: readonly Omit<Figure, "ratio">[],
  basis: string | undefined,
): readonly Figure[] {
  return figures.map((figure) => {
    const { value } =
      figures.find(({ row, plugin }) => row === figure.row && plugin === basis) ?? {};
    return { ...figure, ratio: value === undefined ? undefined : figure.value / value };
  });
}
