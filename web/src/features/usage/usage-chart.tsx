import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { axis, onThemeChange, token } from "../../ui/chart.ts";
import type { Measure } from "./usage-search.ts";
import { seriesText, stacked, type UsageSeries } from "./usage-series.ts";
import { measureText, measureWords } from "./usage-words.ts";

const height = 260;

interface UsageChartProps {
  /** Beginnings of the hours or days, in milliseconds. */
  slots: readonly number[];
  unit: "hour" | "day";
  series: readonly UsageSeries[];
  measure: Measure;
  nameOf(series: UsageSeries): string;
}

const tokenOf = ({ kind }: UsageSeries, index: number): string =>
  kind === "rest" ? "--series-rest" : `--series-${index + 1}`;

const columns = uPlot.paths.bars?.({ size: [0.7, 60], radius: 0.1 });

const slotText = (slot: number, unit: "hour" | "day"): string =>
  new Date(slot).toLocaleString("en-GB", {
    timeZone: "UTC",
    ...(unit === "hour" ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" }),
  });

/** A column is wide: one at the very edge would be cut in half. */
const withMargin = (slots: readonly number[]): [number, number] => {
  const step = ((slots[1] ?? 0) - (slots[0] ?? 0)) / 1000 || 3600;
  return [(slots[0] ?? 0) / 1000 - step / 2, (slots.at(-1) ?? 0) / 1000 + step / 2];
};

interface Drawing extends Omit<UsageChartProps, "nameOf"> {
  width: number;
  onSlot(index: number | null): void;
}

const optionsFor = ({ slots, unit, series, measure, width, onSlot }: Drawing): uPlot.Options => ({
  width,
  height,
  legend: { show: false },
  cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
  // uPlot declares these numbers as an ambient enum, which has no value at run time.
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
  scales: {
    x: { time: false, range: () => withMargin(slots) },
    y: { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] },
  },
  series: [
    {},
    ...series
      .map((one, index) => ({
        stroke: () => token(tokenOf(one, index)),
        fill: () => token(tokenOf(one, index)),
        width: 0,
        points: { show: false },
        ...(columns === undefined ? {} : { paths: columns }),
      }))
      // The highest sums are drawn first, so that each lower one covers its own part of the column.
      .toReversed(),
  ],
  axes: [
    {
      ...axis(unit === "hour" ? "Hour (UTC)" : "Day (UTC)"),
      grid: { show: false },
      values: (_, seconds) => seconds.map((second) => slotText(second * 1000, unit)),
      splits: () => {
        const every = Math.max(1, Math.ceil(slots.length / Math.max(2, Math.floor(width / 80))));
        return slots.filter((_, index) => index % every === 0).map((slot) => slot / 1000);
      },
    },
    {
      ...axis(""),
      // What is measured stands above the chart, and a label would lie over long amounts.
      labelSize: 0,
      size: 84,
      values: (_, values) => values.map((value) => measureText(value, measure)),
    },
  ],
  hooks: { setCursor: [({ cursor }) => onSlot(cursor.idx ?? null)] },
});

interface LegendProps extends UsageChartProps {
  /** The column under the pointer; null for the whole range. */
  slot: number | null;
}

const Legend = ({ slots, unit, series, measure, nameOf, slot }: LegendProps) => {
  const at = slot === null ? undefined : slots[slot];
  return (
    <div className="figures mt-2 flex flex-wrap items-baseline gap-x-4 gap-y-1 text-xs">
      <span className="text-faint">{at === undefined ? "In all" : slotText(at, unit)}</span>
      {series.map((one, index) => (
        <span key={`${one.kind} ${one.name}`} className="inline-flex min-w-0 items-baseline gap-1.5">
          <span
            aria-hidden
            className="size-2.5 shrink-0 rounded-sm"
            style={{ backgroundColor: `var(${tokenOf(one, index)})` }}
          />
          <span className="break-all">{nameOf(one)}</span>
          <span className="text-soft">{seriesText(one, slot, measure)}</span>
        </span>
      ))}
    </div>
  );
};

/** Columns by day or hour, each made of what it is told apart by; the table under it has the same for screen readers. */
export const UsageChart = (props: UsageChartProps) => {
  const { slots, unit, series, measure } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [slot, setSlot] = useState<number | null>(null);
  useEffect(() => {
    const element = frame.current;
    if (element === null || slots.length === 0) return undefined;
    const data: uPlot.AlignedData = [slots.map((time) => time / 1000), ...stacked(series).toReversed()];
    const draw = (): uPlot =>
      new uPlot(
        optionsFor({ slots, unit, series, measure, width: element.clientWidth, onSlot: setSlot }),
        data,
        element,
      );
    let chart = draw();
    const resize = new ResizeObserver(() => {
      if (chart.width === element.clientWidth) return;
      chart.destroy();
      chart = draw();
    });
    resize.observe(element);
    // Columns keep their colours with their paths, so those are made anew as well.
    const forget = onThemeChange(() => chart.redraw(true));
    return () => {
      forget();
      resize.disconnect();
      chart.destroy();
    };
  }, [slots, unit, series, measure]);
  return (
    <div onPointerLeave={() => setSlot(null)}>
      <div
        ref={frame}
        className="w-full overflow-hidden"
        role="img"
        aria-label={`${measureWords[measure]} by ${unit}; the table below holds the sums`}
      />
      <Legend {...props} slot={slot !== null && slot < slots.length ? slot : null} />
    </div>
  );
};
