const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `12,480`. */
export const count = (value: number): string => whole.format(value);

/** `3.4 MB`, in powers of 1000 as disks are sold. */
export const bytes = (value: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ""}`;
};

/** `$0.0042`: at least four decimals, and as many more as a small price needs. */
export const money = (nanoUsd: number): string => `$${(nanoUsd / 1e9).toFixed(9).replace(/(\.\d{4}\d*?)0+$/, "$1")}`;

/** `$10.00` and `$0.0042`: at least two decimals, and as many more as a small sum needs. */
export const dollars = (usd: number): string => {
  const decimals = Math.abs(usd) >= 0.01 || usd === 0 ? 4 : 9;
  const text = usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: decimals });
  return `$${text}`;
};

/** `$1.25 / 1M`: what a million tokens cost. */
export const perMillion = (usd: number): string => `${dollars(usd)} / 1M`;

/** `840 ms`, `12.3 s`. */
export const milliseconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms / 1000);

/** `21 Nov 2026, 14:05`, in the person's own time zone. */
export const dateTime = (time: string): string =>
  new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** `4 min 05 s`. */
export const duration = (seconds: number): string => {
  const rounded = Math.max(0, Math.round(seconds));
  if (rounded < 60) return `${rounded} s`;
  const minutes = Math.floor(rounded / 60);
  if (minutes < 60) return `${minutes} min ${String(rounded % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
};

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** `3 minutes ago`; the exact time belongs on hover. */
export const ago = (time: string, now = Date.now()): string => {
  const seconds = (Date.parse(time) - now) / 1000;
  const step = steps.find(([, size]) => Math.abs(seconds) >= size);
  return step === undefined ? "just now" : relative.format(Math.round(seconds / step[1]), step[0]);
};
