import type { JobStatus } from "@llm-tuner/contract/training.ts";
import type { Tone } from "../../ui/status.tsx";

export const jobTone: Record<JobStatus, Tone> = {
  Pending: "neutral",
  InProgress: "running",
  Stopping: "warning",
  Stopped: "warning",
  Completed: "success",
  Failed: "danger",
};

export const jobWord: Record<JobStatus, string> = {
  Pending: "Waiting",
  InProgress: "Running",
  Stopping: "Stopping",
  Stopped: "Stopped",
  Completed: "Completed",
  Failed: "Failed",
};
