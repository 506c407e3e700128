import { escapeXml, svg } from "./svg.ts";

const WIDTH = 760;
const MARGIN = 20;
const BOX_HEIGHT = 56;
const ARROW_HEIGHT = 40;
const FONT = 'font-family="system-ui, sans-serif"';

/** How much higher the next line of the text begins. */
const HEIGHTS: Readonly<Record<string, number>> = {
  box: BOX_HEIGHT,
  plugin: BOX_HEIGHT,
  arrow: ARROW_HEIGHT,
};

/**
 * Draws layers from top to bottom.
 *
 * @param text One line each: `box: NAME | WHAT`, `plugin: NAME | WHAT` for what is ours, `arrow:
 *   LABEL` between them.
 * @throws Error for a line that is none of these.
 */
export function drawStack(title: string, text: string): string {
  let top = MARGIN;
  const parts = text
    .trim()
    .split("\n")
    .map((line) => {
      const [, kind = "", name = "", what = ""] = /^(\w+): ([^|]+?)(?: \| (.+))?$/.exec(line) ?? [];
      const height = HEIGHTS[kind];
      if (height === undefined) throw new Error(`drawing failed: "${line}" is no box and no arrow`);
      const part = kind === "arrow" ? arrow(top, name) : box(top, kind === "plugin", name, what);
      top += height;
      return part;
    });
  const paper = `<rect width="${WIDTH}" height="${top + MARGIN}" fill="#ffffff" rx="8"/>`;
  return svg(WIDTH, top + MARGIN, title, [paper, ...parts]);
}

function box(top: number, isOurs: boolean, name: string, what: string): string {
  const fill = isOurs ? "#e6f0ff" : "#f3f4f6";
  const stroke = isOurs ? "#2f6fdb" : "#9ca3af";
  return `<rect x="${MARGIN}" y="${top}" width="${WIDTH - 2 * MARGIN}" height="${BOX_HEIGHT}" fill="${fill}" stroke="${stroke}"/>
<text x="${2 * MARGIN}" y="${top + 24}" ${FONT} font-size="15" font-weight="600" fill="#111827">${escapeXml(name)}</text>
<text x="${2 * MARGIN}" y="${top + 44}" ${FONT} font-size="13" fill="#4b5563">${escapeXml(what)}</text>`;
}

function arrow(top: number, label: string): string {
  const x = 3 * MARGIN;
  const end = top + ARROW_HEIGHT;
  return `<path d="M${x} ${top + 4}V${end - 4}M${x - 5} ${end - 11}L${x} ${end - 4}L${x + 5} ${end - 11}" fill="none" stroke="#374151"/>
<text x="${x + 16}" y="${top + 25}" ${FONT} font-size="13" fill="#374151">${escapeXml(label)}</text>`;
}
