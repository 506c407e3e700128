import { escapeXml } from "@vault-ts/release-tools";
import { BarChart } from "echarts/charts";
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { FigureTable } from "../compare/figure.ts";

use([BarChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

const SIZE = { width: 900, height: 640 };
const COLORS = ["#93b7f1", "#5b8fe6", "#2f6fdb", "#0f7a5a", "#8a5cc2", "#b7791f"];
const FONT = { fontFamily: "system-ui, sans-serif", color: "#111827" };

/**
 * Draws the ratios of a table as bars, in SVG. A row is a group, each plugin but the first a bar,
 * and the first a line.
 */
export function drawRatios(
  { figures }: FigureTable,
  plugins: readonly { readonly name: string; readonly title: string }[],
  title: string,
): string {
  const [basis, ...others] = plugins;
  const rows = [...new Set(figures.map(({ row }) => row))];
  const chart = init(null, null, { renderer: "svg", ssr: true, ...SIZE });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      color: COLORS,
      textStyle: FONT,
      title: { text: title, left: 16, top: 12, textStyle: { ...FONT, fontSize: 15 } },
      legend: { left: 16, top: 40, itemGap: 28, textStyle: FONT },
      grid: { left: 170, right: 32, top: 80, bottom: 40 },
      xAxis: {
        type: "value",
        min: 0,
        name: `times ${basis?.title ?? ""}`,
        nameLocation: "middle",
        nameGap: 28,
      },
      yAxis: { type: "category", data: rows, inverse: true, axisTick: { show: false } },
      series: others.map((plugin, index) => ({
        type: "bar",
        name: plugin.title,
        data: rows.map((row) => ratioOf(figures, row, plugin.name)),
        ...(index === 0 && {
          markLine: {
            symbol: "none",
            silent: true,
            label: { formatter: basis?.title ?? "", position: "start" },
            lineStyle: { color: "#b91c1c", type: "solid" },
            data: [{ xAxis: 1 }],
          },
        }),
      })),
    });
    const [head = "", ...lines] = withoutEvents(chart.renderToSVGString()).split("\n");
    return [head, `<title>${escapeXml(title)}</title>`, ...lines].join("\n");
  } finally {
    chart.dispose();
  }
}

/** Without what a pointer would need: nothing happens in the picture of a document. */
function withoutEvents(svg: string): string {
  return svg
    .replace(/<style.*?<\/style>\s*/s, "")
    .replaceAll(/ (class|ecmeta_\w+|pointer-events)="[^"]*"/g, "");
}

function ratioOf(figures: FigureTable["figures"], row: string, plugin: string): number | undefined {
  const ratio = figures.find((one) => one.row === row && one.plugin === plugin)?.ratio;
  return ratio === undefined ? undefined : Number(ratio.toFixed(2));
}
