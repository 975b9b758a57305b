import {
  getTrainingJob,
  listTrainingJobs,
  resumeTrainingJob,
  startTraining,
  stopTrainingJob,
  watchTrainingJob,
  type JobEvent,
} from "@llm-tuner/contract/training.ts";
import { eventStream, type ServerSentEvent } from "../platform/http/event-stream.ts";
import { route, type Route } from "../platform/http/route.ts";
import { toStartResponse } from "./job-view.ts";
import { preferredWaitMs } from "./prefer-wait.ts";
import type { TrainingUsecases } from "./training.usecases.ts";

async function* toServerSentEvents(events: AsyncIterable<JobEvent>): AsyncGenerator<ServerSentEvent> {
  for await (const event of events) yield { id: event.seq, event: event.type, data: event };
}

const firstOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

export const trainingRoutes = (usecases: TrainingUsecases): Route[] => [
  route(startTraining, async ({ caller, body, headers, signal }) => {
    const job = await usecases.start(caller.userId, body);
    const waitMs = preferredWaitMs(firstOf(headers["prefer"]));
    if (waitMs === undefined) return { status: 202, body: toStartResponse(job) };
    const ended = await usecases.waitForEnd(job, AbortSignal.any([signal, AbortSignal.timeout(waitMs)]));
    return { status: 202, headers: { "preference-applied": "wait" }, body: toStartResponse(ended) };
  }),

  route(getTrainingJob, async ({ caller, params }) => ({
    status: 200,
    body: await usecases.get(caller.userId, params.job_name),
  })),

  route(watchTrainingJob, async ({ caller, params, headers, signal }) => {
    const lastEventId = firstOf(headers["last-event-id"]);
    const events = await usecases.watch(caller.userId, params.job_name, { lastEventId, signal });
    return { status: 200, body: eventStream(toServerSentEvents(events)) };
  }),

  route(listTrainingJobs, async ({ caller, query }) => ({
    status: 200,
    body: await usecases.list(caller.userId, query),
  })),

  route(stopTrainingJob, async ({ caller, params }) => {
    const { status, stoppedAt } = await usecases.stop(caller.userId, params.job_name);
    return { status: 200, body: { job_name: params.job_name, status, stopped_at: stoppedAt.toISOString() } };
  }),

  route(resumeTrainingJob, async ({ caller, params }) => ({
    status: 202,
    body: await usecases.resume(caller.userId, params.job_name),
  })),
];
