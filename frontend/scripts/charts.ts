// <figure data-chart='{…}'>: draws lines or bars on a canvas. The same figures stand beside it as a
// table, which is what a screen reader reads.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

interface Spec {
  kind: "line" | "bar";
  unit: "fen" | "count" | "bps";
  labels: string[];
  series: { name: string; values: (number | null)[] }[];
  stacked?: boolean;
}

const FEN = 100;
const BPS = 100;

function written(unit: Spec["unit"], value: number): string {
  const language = document.documentElement.lang;
  if (unit === "fen") return `¥${(value / FEN).toLocaleString(language, { minimumFractionDigits: 2 })}`;
  if (unit === "bps") return `${(value / BPS).toLocaleString(language)}%`;
  return value.toLocaleString(language);
}

function short(unit: Spec["unit"], value: number): string {
  const language = document.documentElement.lang;
  const number = unit === "count" ? value : value / (unit === "fen" ? FEN : BPS);
  const text = number.toLocaleString(language, { notation: "compact", maximumFractionDigits: 1 });
  return unit === "fen" ? `¥${text}` : unit === "bps" ? `${text}%` : text;
}

function option(spec: Spec, figure: HTMLElement): EChartsCoreOption {
  const style = getComputedStyle(figure);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const axis = { color: token("--muted"), fontFamily: style.fontFamily, fontSize: 12 };
  const last = spec.labels.length;
  return {
    color: [token("--brand"), token("--ink"), token("--chart-3"), token("--chart-4")],
    textStyle: { fontFamily: style.fontFamily },
    animationDuration: 300,
    grid: { left: 8, right: 12, top: spec.series.length > 1 ? 36 : 12, bottom: 4, containLabel: true },
    legend: { show: spec.series.length > 1, top: 0, right: 0, itemWidth: 12, itemHeight: 8, textStyle: axis },
    // Rich text is drawn on the canvas; a tooltip of HTML would carry inline styles.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: token("--ink"),
      borderWidth: 0,
      textStyle: { color: "#ffffff", fontSize: 12 },
      valueFormatter: (value: unknown) => (typeof value === "number" ? written(spec.unit, value) : "—"),
    },
    xAxis: {
      type: "category",
      data: spec.labels,
      boundaryGap: spec.kind === "bar",
      axisLine: { lineStyle: { color: token("--line-strong") } },
      axisTick: { show: false },
      axisLabel: axis,
    },
    yAxis: {
      type: "value",
      splitLine: { lineStyle: { color: token("--line") } },
      axisLabel: { ...axis, formatter: (value: number) => short(spec.unit, value) },
    },
    series: spec.series.map((one, index) => ({
      type: spec.kind,
      name: one.name,
      data: one.values,
      stack: spec.stacked ? "all" : undefined,
      barMaxWidth: 22,
      itemStyle: spec.kind === "bar" && !spec.stacked ? { borderRadius: [4, 4, 0, 0] } : {},
      showSymbol: last < 2,
      smooth: 0.25,
      lineStyle: { width: 2 },
      areaStyle: spec.kind === "line" && index === 0 ? { opacity: 0.08 } : undefined,
    })),
  };
}

/** Draws one figure; drawing it again replaces nothing. */
export function draw(figure: HTMLElement): void {
  const place = figure.querySelector<HTMLElement>("[data-chart-canvas]");
  if (!place || figure.dataset["drawn"]) return;
  figure.dataset["drawn"] = "yes";
  const chart = init(place);
  chart.setOption(option(JSON.parse(figure.dataset["chart"] ?? "{}") as Spec, figure));
  new ResizeObserver(() => chart.resize()).observe(place);
}
