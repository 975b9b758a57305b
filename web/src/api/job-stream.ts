import { JobEvent, isFinalJobStatus, watchTrainingJob } from "@llm-tuner/contract/training.ts";
import { followEvents } from "./event-source.ts";

interface Watch {
  jobName: string;
  /** Called with every batch of events in order, from the first of the job on. */
  onEvents(events: JobEvent[]): void;
  signal: AbortSignal;
}

/** Follows a training job until it has ended. Rejects when the platform refuses. */
export const watchJob = ({ jobName, onEvents, signal }: Watch): Promise<void> =>
  followEvents({
    path: watchTrainingJob.path.replace("{job_name}", encodeURIComponent(jobName)),
    lastEventId: "0",
    signal,
    onEvents: (messages) => {
      const events = messages.map(({ data }) => JobEvent.parse(JSON.parse(data)));
      onEvents(events);
      const last = events.at(-1);
      return last?.type === "status" && isFinalJobStatus(last.status);
    },
  });
