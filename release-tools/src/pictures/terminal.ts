import { escapeXml, svg } from "./svg.ts";

const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 8;
const MARGIN = 16;
const SECONDS_A_LINE = 0.35;

/**
 * Draws what a terminal showed: lines appear one after another, and stay. Comments and commands
 * have colours of their own.
 *
 * @param columns Longer lines are cut, with an ellipsis.
 */
export function drawTerminal(title: string, text: string, columns = 100): string {
  const lines = text.trim().split("\n");
  const width = columns * CHARACTER_WIDTH + 2 * MARGIN;
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const drawn = lines.map((line, index) => {
    const shown = line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
    const y = MARGIN + (index + 1) * LINE_HEIGHT - 5;
    const delay = (index * SECONDS_A_LINE).toFixed(2);
    return `<text x="${MARGIN}" y="${y}" fill="${colourOf(line)}" style="animation-delay:${delay}s" xml:space="preserve">${escapeXml(shown)}</text>`;
  });
  return svg(width, height, title, [
    `<style>text{font:13px ui-monospace,monospace;animation:show .01s both}@keyframes show{from{opacity:0}}@media(prefers-reduced-motion){text{animation:none}}</style>`,
    `<rect width="${width}" height="${height}" fill="#111827" rx="8"/>`,
    ...drawn,
  ]);
}

function colourOf(line: string): string {
  if (line.startsWith("# ")) return "#9ca3af";
  return line.startsWith("$ ") ? "#86efac" : "#e5e7eb";
}
