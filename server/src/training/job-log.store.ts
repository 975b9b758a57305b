import { JobEvent, MetricName, type TrainingMetric } from "@llm-tuner/contract/training.ts";
import { z } from "zod";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { JobMetric, NewJobEvent } from "./job-record.ts";

/** Carries the name of each job about which there is something new to read. */
export const jobChannel = "training_job";

interface NumberedEvents {
  jobName: string;
  firstSeq: number;
  events: readonly NewJobEvent[];
}

const EventRow = z.object({ body: JobEvent }).transform(({ body }) => body);

const MetricRow = z
  .object({ metric: MetricName, step: z.int(), value: z.number(), created_at: z.date() })
  .transform(({ metric, step, value, created_at }): TrainingMetric => ({
    metric_name: metric,
    value,
    timestamp: created_at.toISOString(),
    step,
  }));

/** What is told about jobs, and their curves. */
export class JobLogStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Adds events and tells the listeners, who hear of it when the transaction commits. The row of the job must be locked:
   * its lock is what keeps the numbers without gaps, in the order of commits.
   */
  async insertEvents(transaction: Queryable, { jobName, firstSeq, events }: NumberedEvents): Promise<void> {
    const numbered = events.map((event, index) => ({ ...event, seq: firstSeq + index }));
    await transaction.execute(
      `insert into job_events (job_name, seq, body, created_at)
       select $1, (body->>'seq')::integer, body, (body->>'time')::timestamptz
       from jsonb_array_elements($2::jsonb) as body`,
      [jobName, JSON.stringify(numbered)],
    );
    await transaction.execute("select pg_notify($1, $2)", [jobChannel, jobName]);
  }

  /** The events that follow `afterSeq`, in order, at most `limit`. */
  eventsAfter(jobName: string, afterSeq: number, limit: number): Promise<JobEvent[]> {
    return this.#database.rows(
      EventRow,
      "select body from job_events where job_name = $1 and seq > $2 order by seq limit $3",
      [jobName, afterSeq, limit],
    );
  }

  async deleteMetricsAfter(transaction: Queryable, jobName: string, step: number): Promise<void> {
    await transaction.execute("delete from job_metrics where job_name = $1 and step > $2", [jobName, step]);
  }

  /** Of each metric and step at most one point. */
  async upsertMetrics(transaction: Queryable, jobName: string, metrics: readonly JobMetric[]): Promise<void> {
    await transaction.execute(
      `insert into job_metrics (job_name, metric, step, value, created_at)
       select $1, metric, step, value, time
       from jsonb_to_recordset($2::jsonb) as point (metric text, step integer, value double precision, time timestamptz)
       on conflict (job_name, metric, step) do update set value = excluded.value, created_at = excluded.created_at`,
      [jobName, JSON.stringify(metrics)],
    );
  }

  /**
   * The curves of a job with at most `pointsPerMetric` (two or more) points each: longer ones are thinned evenly, and
   * keep their first and last point.
   */
  metricsOf(jobName: string, pointsPerMetric: number): Promise<TrainingMetric[]> {
    return this.#database.rows(
      MetricRow,
      `select metric, step, value, created_at
       from (
         select *,
           row_number() over (partition by metric order by step) as number,
           count(*) over (partition by metric) as points
         from job_metrics where job_name = $1
       ) as numbered
       where points <= $2
         or number = 1
         or (number - 1) * ($2::bigint - 1) / (points - 1) > (number - 2) * ($2::bigint - 1) / (points - 1)
       order by metric, step`,
      [jobName, pointsPerMetric],
    );
  }
}
