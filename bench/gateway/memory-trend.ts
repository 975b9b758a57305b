import { fitLine, median } from "./statistics/statistics.ts";

export interface MemorySample {
  minutes: number;
  bytes: number;
}

export interface MemoryTrend {
  medianMib: number;
  growthMibPerHour: number;
  /** Most that the line through the samples rises in the time of the soak, two standard errors included, to the median. */
  growthShareAtMost: number;
  flat: boolean;
}

const mebibyte = 2 ** 20;
const round = (value: number): number => Number(value.toPrecision(4));

/**
 * Whether memory stays where it is: the upper end of what the line through the samples may rise over the soak is
 * compared with `boundShare` of the median, so that a soak that is too short or too noisy to tell does not pass.
 */
export const memoryTrend = (samples: readonly MemorySample[], boundShare: number): MemoryTrend => {
  const { slope, slopeError } = fitLine(samples.map(({ minutes, bytes }) => ({ x: minutes, y: bytes })));
  const minutes =
    Math.max(...samples.map((sample) => sample.minutes)) - Math.min(...samples.map((sample) => sample.minutes));
  const middle = median(samples.map(({ bytes }) => bytes));
  const growthShareAtMost = ((slope + 2 * slopeError) * minutes) / middle;
  return {
    medianMib: round(middle / mebibyte),
    growthMibPerHour: round((slope * 60) / mebibyte),
    growthShareAtMost: round(growthShareAtMost),
    flat: growthShareAtMost <= boundShare,
  };
};
