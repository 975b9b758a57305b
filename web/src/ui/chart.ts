import type uPlot from "uplot";

/** A colour of the theme as a canvas takes it: resolved by an element that uses it. */
export const token = (name: string): string => {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};

export const axis = (label: string): uPlot.Axis => ({
  label,
  stroke: () => token("--text-faint"),
  grid: { stroke: () => token("--line"), width: 1 },
  ticks: { stroke: () => token("--line"), width: 1 },
  font: "12px Inter Variable",
  labelFont: "12px Inter Variable",
});

/** Draws again when the theme changes: a canvas does not follow CSS variables by itself. */
export const onThemeChange = (draw: () => void): (() => void) => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(draw);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  system.addEventListener("change", draw);
  return () => {
    chosen.disconnect();
    system.removeEventListener("change", draw);
  };
};
