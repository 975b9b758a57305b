import type { JobEvent } from "@llm-tuner/contract/training.ts";

export interface CurvePoint {
  step: number;
  value: number;
}

export interface LogLine {
  seq: number;
  time: string;
  level: "info" | "warning" | "error";
  text: string;
}

/** What a page shows of a job's past; built from its events alone, so any tab that reads them shows the same. */
export interface JobHistory {
  train: readonly CurvePoint[];
  heldOut: readonly CurvePoint[];
  log: readonly LogLine[];
  totalSteps: number | null;
  tokensPerSecond: number | null;
  etaSeconds: number | null;
}

export const emptyHistory: JobHistory = {
  train: [],
  heldOut: [],
  log: [],
  totalSteps: null,
  tokensPerSecond: null,
  etaSeconds: null,
};

const parameters = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** The line of the log that an event is worth; steps have the curve instead. */
const logText = (event: JobEvent): string | undefined => {
  switch (event.type) {
    case "step":
      return undefined;
    case "status":
      return event.message === "" ? event.status : `${event.status}: ${event.message}`;
    case "planned":
      return `${event.total_steps} steps; ${parameters.format(event.trainable_parameters)} of ${parameters.format(event.parameters)} parameters are trained`;
    case "resumed":
      return `Resumed after step ${event.from_step}`;
    case "evaluation":
      return `Held-out loss ${event.loss.toFixed(3)} ${event.step === 0 ? "before training" : `at step ${event.step}`}`;
    case "checkpoint":
      return `Checkpoint at step ${event.step}`;
    case "log":
      return event.message;
  }
};

const levelOf = (event: JobEvent): LogLine["level"] => {
  if (event.type === "log") return event.level;
  return event.type === "status" && event.status === "Failed" ? "error" : "info";
};

const logOf = (events: readonly JobEvent[]): LogLine[] =>
  events.flatMap((event) => {
    const text = logText(event);
    return text === undefined ? [] : [{ seq: event.seq, time: event.time, level: levelOf(event), text }];
  });

const upTo = (points: readonly CurvePoint[], step: number): CurvePoint[] =>
  points.filter((point) => point.step <= step);

/** The history with more events. After a resume the later points are dropped, for those steps run again. */
export const extendHistory = (history: JobHistory, events: readonly JobEvent[]): JobHistory => {
  let train = [...history.train];
  let heldOut = [...history.heldOut];
  let { totalSteps, tokensPerSecond, etaSeconds } = history;
  for (const event of events) {
    if (event.type === "step") {
      train.push({ step: event.step, value: event.loss });
      totalSteps = event.total_steps;
      tokensPerSecond = event.tokens_per_second;
      etaSeconds = event.eta_seconds;
    } else if (event.type === "evaluation") {
      heldOut = [...heldOut.filter(({ step }) => step !== event.step), { step: event.step, value: event.loss }];
    } else if (event.type === "resumed") {
      train = upTo(train, event.from_step);
      heldOut = upTo(heldOut, event.from_step);
    } else if (event.type === "planned") {
      totalSteps = event.total_steps;
    }
  }
  return { train, heldOut, log: [...history.log, ...logOf(events)], totalSteps, tokensPerSecond, etaSeconds };
};

/** Exponential moving average; `smoothing` 0 leaves the values as they are, towards 1 flattens them. */
export const smooth = (points: readonly CurvePoint[], smoothing: number): CurvePoint[] => {
  let average: number | undefined;
  return points.map(({ step, value }) => {
    average = average === undefined ? value : smoothing * average + (1 - smoothing) * value;
    return { step, value: average };
  });
};
