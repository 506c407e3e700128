import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eachMapping, type SourceMapInput, TraceMap } from "@jridgewell/trace-mapping";

/** What V8 writes of a process, as much of it as is needed. */
export interface ProcessCoverage {
  readonly result: readonly ScriptCoverage[];
  /**
   * For each script that was compiled from another: how long its lines are, and where they come
   * from.
   */
  readonly "source-map-cache"?: Readonly<Record<string, CompiledScript>>;
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/**
 * A stretch of a script, by its offsets, and how often it ran; a smaller one in it knows better.
 */
interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface CompiledScript {
  readonly lineLengths: readonly number[];
  readonly data: SourceMapInput | null;
}

/** The lines of each source file that the processes ran which left their coverage in the folder. */
export async function linesOfChildren(
  folder: string,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const lines = new Map<string, Set<number>>();
  for (const name of await readdir(folder).catch(() => [])) {
    const coverage = JSON.parse(await readFile(join(folder, name), "utf8")) as ProcessCoverage;
    for (const [file, line] of linesOf(coverage))
      lines.set(file, (lines.get(file) ?? new Set()).add(line));
  }
  return lines;
}

/** Each line of a source file that the process ran, some of them several times. */
export function* linesOf(
  coverage: ProcessCoverage,
): Generator<readonly [file: string, line: number]> {
  for (const { url, functions } of coverage.result) {
    const { data, lineLengths = [] } = coverage["source-map-cache"]?.[url] ?? {};
    if (!url.startsWith("file:") || !data) continue;
    const ranges = functions.flatMap((each) => each.ranges);
    const starts = startsOf(lineLengths);
    const ran = new Set<number>();
    eachMapping(new TraceMap(data), ({ generatedLine, generatedColumn, originalLine }) => {
      const offset = (starts[generatedLine - 1] ?? 0) + generatedColumn;
      if (originalLine !== null && countAt(offset, ranges) > 0) ran.add(originalLine);
    });
    for (const line of ran) yield [fileURLToPath(url), line];
  }
}

/** The offset at which each line starts. */
function startsOf(lengths: readonly number[]): number[] {
  const starts = [0];
  for (const length of lengths) starts.push((starts.at(-1) ?? 0) + length + 1);
  return starts;
}

function countAt(offset: number, ranges: readonly Range[]): number {
  const around = ranges.filter(
    ({ startOffset, endOffset }) => startOffset <= offset && offset < endOffset,
  );
  const size = ({ startOffset, endOffset }: Range) => endOffset - startOffset;
  return around.sort((a, b) => size(a) - size(b))[0]?.count ?? 0;
}
