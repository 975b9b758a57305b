import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { axis, onThemeChange, token } from "../../ui/chart.ts";
import { smooth, type CurvePoint, type JobHistory } from "./job-history.ts";

const height = 280;

const decimals = (_: uPlot, value: number | null): string => (value === null ? "–" : value.toFixed(3));

const optionsFor = (width: number, isLogarithmic: boolean): uPlot.Options => ({
  width,
  height,
  // uPlot declares these numbers as an ambient enum, which has no value at run time.
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
  scales: { x: { time: false }, y: { distr: isLogarithmic ? 3 : 1 } },
  series: [
    { label: "Step" },
    {
      label: "Training loss",
      stroke: () => token("--curve-train"),
      width: 2,
      points: { show: false },
      value: decimals,
    },
    {
      label: "Held-out loss",
      stroke: () => token("--curve-held-out"),
      width: 2,
      spanGaps: true,
      points: { show: true, size: 6 },
      value: decimals,
    },
  ],
  axes: [axis("Step"), axis("Loss")],
});

/** Both curves on one list of steps; a step without a value is a gap. */
const aligned = (train: readonly CurvePoint[], heldOut: readonly CurvePoint[]): uPlot.AlignedData => {
  const steps = [...new Set([...train, ...heldOut].map(({ step }) => step))].toSorted((a, b) => a - b);
  const column = (points: readonly CurvePoint[]): (number | null)[] => {
    const values = new Map(points.map(({ step, value }) => [step, value]));
    return steps.map((step) => values.get(step) ?? null);
  };
  return [steps, column(train), column(heldOut)];
};

/** Live loss: values under the crosshair in the legend, drag to zoom, double click to reset. */
export const LossCurve = ({ history }: { history: JobHistory }) => {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [smoothing, setSmoothing] = useState(0);
  const [isLogarithmic, setIsLogarithmic] = useState(false);
  const data = aligned(smooth(history.train, smoothing), history.heldOut);
  const latest = useRef(data);
  useEffect(() => {
    latest.current = data;
  });

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const chart = new uPlot(optionsFor(element.clientWidth, isLogarithmic), latest.current, element);
    plot.current = chart;
    const resize = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    const forget = onThemeChange(() => chart.redraw(false));
    return () => {
      forget();
      resize.disconnect();
      chart.destroy();
    };
  }, [isLogarithmic]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === null) return;
    // A zoom that the person chose stays while points arrive. Until the chart has drawn once it has no limits yet.
    const shownTo = chart.scales["x"]?.max;
    const isZoomed = typeof shownTo === "number" && shownTo < (chart.data[0].at(-1) ?? 0);
    chart.setData(data, !isZoomed);
    if (isZoomed) chart.redraw();
  });

  return (
    <div>
      <div
        ref={frame}
        className="w-full"
        role="img"
        aria-label="Loss by step; the table below holds the held-out values"
      />
      <div className="mt-3 flex flex-wrap items-center gap-6 text-xs text-soft">
        <label className="flex items-center gap-2">
          Smoothing
          <input
            type="range"
            min={0}
            max={0.95}
            step={0.05}
            value={smoothing}
            onChange={(event) => setSmoothing(Number(event.target.value))}
            className="accent-[var(--accent)]"
          />
        </label>
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            checked={isLogarithmic}
            onChange={(event) => setIsLogarithmic(event.target.checked)}
            className="accent-[var(--accent)]"
          />
          Logarithmic scale
        </label>
        <span>Drag to zoom, double click to reset.</span>
      </div>
    </div>
  );
};
