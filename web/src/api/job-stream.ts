import { JobEvent, isFinalJobStatus, watchTrainingJob } from "@llm-tuner/contract/training.ts";
import { createParser } from "eventsource-parser";
import { CallError, authorisedFetch, errorOf } from "./call.ts";

interface Watch {
  jobName: string;
  /** Called with every batch of events in order, from the first of the job on. */
  onEvents(events: JobEvent[]): void;
  signal: AbortSignal;
}

const retryMs = 2000;

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, retryMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

interface Cursor {
  lastSeq: number;
  isFinal: boolean;
}

/** Reads one connection to its end; `cursor` keeps up with every event, so that a broken connection repeats none. */
const readOnce = async ({ jobName, onEvents, signal }: Watch, cursor: Cursor): Promise<void> => {
  const path = watchTrainingJob.path.replace("{job_name}", encodeURIComponent(jobName));
  const response = await authorisedFetch(path, { signal, headers: { "last-event-id": String(cursor.lastSeq) } });
  if (!response.ok || response.body === null) throw await errorOf(response);
  const arrived: JobEvent[] = [];
  const parser = createParser({ onEvent: ({ data }) => arrived.push(JobEvent.parse(JSON.parse(data))) });
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parser.feed(decoder.decode(part.value, { stream: true }));
    const events = arrived.splice(0);
    const last = events.at(-1);
    if (last === undefined) continue;
    cursor.lastSeq = last.seq;
    cursor.isFinal = last.type === "status" && isFinalJobStatus(last.status);
    onEvents(events);
  }
};

/**
 * Follows a job until it has ended. EventSource cannot carry a bearer token, so the stream is read by fetch; a broken
 * one is taken up after the last event that arrived. Rejects when the platform refuses (CallError with a 4xx status).
 */
export const watchJob = async (watch: Watch): Promise<void> => {
  const cursor: Cursor = { lastSeq: 0, isFinal: false };
  while (!watch.signal.aborted) {
    try {
      await readOnce(watch, cursor);
    } catch (error) {
      if (error instanceof CallError && error.status >= 400 && error.status < 500) throw error;
      // Otherwise the connection broke or the platform restarts: it is taken up again below.
    }
    if (cursor.isFinal || watch.signal.aborted) return;
    await pause(watch.signal);
  }
};
