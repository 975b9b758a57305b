import type { TrainerEvent } from "@llm-tuner/contract/run-folder.ts";
import type { JobFailure } from "@llm-tuner/contract/training.ts";
import type { JobMetric, NewJobEvent, TrainingJobRecord } from "./job-record.ts";

type Progress = Pick<
  TrainingJobRecord,
  "step" | "totalSteps" | "etaSeconds" | "heldOutLossBefore" | "heldOutLossAfter"
>;

/** How the attempt ended by the trainer's own word. */
export type TrainerOutcome =
  | { kind: "completed" }
  | { kind: "stopped"; hasCheckpoint: boolean; step: number }
  | { kind: "failed"; failure: JobFailure };

/** What a batch of trainer events means for a job. */
export interface TrainerNews {
  progress: Progress;
  events: NewJobEvent[];
  metrics: JobMetric[];
  dropMetricsAfterStep?: number;
  outcome?: TrainerOutcome;
}

type EventOf<Type extends TrainerEvent["type"]> = Extract<TrainerEvent, { type: Type }>;

/** Collects the meaning of events one after the other; a point of a curve replaces an earlier one of its step. */
class NewsCollector {
  readonly events: NewJobEvent[] = [];
  readonly #metrics = new Map<string, JobMetric>();
  progress: Progress;
  dropMetricsAfterStep: number | undefined;
  outcome: TrainerOutcome | undefined;

  constructor({ step, totalSteps, etaSeconds, heldOutLossBefore, heldOutLossAfter }: Progress) {
    this.progress = { step, totalSteps, etaSeconds, heldOutLossBefore, heldOutLossAfter };
  }

  get metrics(): JobMetric[] {
    return [...this.#metrics.values()];
  }

  log(time: string, message: string): void {
    this.events.push({ type: "log", time, level: "info", code: null, message });
  }

  planned({ time, total_steps, parameters, trainable_parameters }: EventOf<"planned">): void {
    this.progress.totalSteps = total_steps;
    this.events.push({ type: "planned", time, total_steps, parameters, trainable_parameters });
  }

  resumed({ time, from_step }: EventOf<"resumed">): void {
    this.progress.step = from_step;
    this.dropMetricsAfterStep = Math.min(from_step, this.dropMetricsAfterStep ?? from_step);
    for (const [key, metric] of this.#metrics) if (metric.step > from_step) this.#metrics.delete(key);
    this.events.push({ type: "resumed", time, from_step });
  }

  step({ time, step, total_steps, epoch, loss, learning_rate, tokens_per_second, eta_seconds }: EventOf<"step">): void {
    Object.assign(this.progress, { step, totalSteps: total_steps, etaSeconds: eta_seconds });
    this.#point({ metric: "train_loss", step, value: loss, time });
    this.#point({ metric: "learning_rate", step, value: learning_rate, time });
    this.#point({ metric: "tokens_per_second", step, value: tokens_per_second, time });
    this.events.push({
      type: "step",
      time,
      step,
      total_steps,
      epoch,
      loss,
      learning_rate,
      tokens_per_second,
      eta_seconds,
    });
  }

  evaluation({ time, step, phase, loss, token_accuracy }: EventOf<"evaluation">): void {
    if (phase === "before") this.progress.heldOutLossBefore = loss;
    if (phase === "after") this.progress.heldOutLossAfter = loss;
    this.#point({ metric: "held_out_loss", step, value: loss, time });
    this.#point({ metric: "held_out_accuracy", step, value: token_accuracy, time });
    this.events.push({ type: "evaluation", time, step, phase, loss, token_accuracy });
  }

  completed(event: EventOf<"completed">): void {
    this.progress.heldOutLossBefore = event.held_out_loss_before ?? this.progress.heldOutLossBefore;
    this.progress.heldOutLossAfter = event.held_out_loss_after ?? this.progress.heldOutLossAfter;
    this.outcome = { kind: "completed" };
  }

  #point(metric: JobMetric): void {
    this.#metrics.set(`${metric.metric} ${metric.step}`, metric);
  }
}

const count = (number: number, thing: string): string => `${number.toLocaleString("en")} ${thing}`;

function collect(news: NewsCollector, event: TrainerEvent): void {
  switch (event.type) {
    case "started":
      return news.log(event.time, `The trainer works on ${event.device} in ${event.precision}.`);
    case "tokenized": {
      const { train, held_out } = event;
      return news.log(
        event.time,
        `The data is ${count(train.examples, "examples")} of ${count(train.tokens, "tokens")} to learn from ` +
          `and ${count(held_out.examples, "examples")} to measure by.`,
      );
    }
    case "planned":
      return news.planned(event);
    case "resumed":
      return news.resumed(event);
    case "step":
      return news.step(event);
    case "evaluation":
      return news.evaluation(event);
    case "checkpoint":
      news.events.push({ type: "checkpoint", time: event.time, step: event.step });
      return;
    case "log":
      news.events.push({ type: "log", time: event.time, level: event.level, code: event.code, message: event.message });
      return;
    case "saved":
      return news.log(event.time, `The tuned model is saved: ${count(event.bytes, "bytes")}.`);
    case "completed":
      return news.completed(event);
    case "stopped":
      news.outcome = { kind: "stopped", hasCheckpoint: event.checkpoint !== null, step: event.step };
      return;
    case "failed": {
      const { code, message, remedy, log_tail } = event;
      news.outcome = { kind: "failed", failure: { code, message, remedy, log_tail } };
    }
  }
}

/** Reads the trainer's events as news of a job whose progress is known so far. */
export function readNews(progress: Progress, trainerEvents: readonly TrainerEvent[]): TrainerNews {
  const news = new NewsCollector(progress);
  for (const event of trainerEvents) collect(news, event);
  return {
    progress: news.progress,
    events: news.events,
    metrics: news.metrics,
    ...(news.dropMetricsAfterStep === undefined ? {} : { dropMetricsAfterStep: news.dropMetricsAfterStep }),
    ...(news.outcome ? { outcome: news.outcome } : {}),
  };
}
