import { z } from "zod";
import { setting, type SettingsOf } from "../platform/config/setting.ts";

export const endpointsSettings = {
  maxServingProcesses: setting({
    env: "MAX_SERVING_PROCESSES",
    description: "Models that are held in memory at once; the one that has been idle longest makes room for another.",
    schema: z.coerce.number().int().min(1).max(64).default(3),
  }),
  servingStartTimeoutSeconds: setting({
    env: "SERVING_START_TIMEOUT_SECONDS",
    description: "How long a model may take to load before its start counts as failed.",
    schema: z.coerce.number().int().min(1).max(3600).default(180),
  }),
  servingWaitSeconds: setting({
    env: "SERVING_WAIT_SECONDS",
    description: "How long a request waits for a place in memory while other models are in use, before it gets a 503.",
    schema: z.coerce.number().min(0).max(600).default(20),
  }),
  idleMinutes: setting({
    env: "SERVING_IDLE_MINUTES",
    description:
      "After how many minutes without a request the process of a model is stopped, where no deployment says otherwise.",
    schema: z.coerce.number().int().min(1).max(1440).default(15),
  }),
  servingDevice: setting({
    env: "SERVING_DEVICE",
    description: "Where models answer: auto takes a GPU when there is one.",
    schema: z.enum(["auto", "cpu", "cuda", "mps"]).default("auto"),
  }),
  servingThreads: setting({
    env: "SERVING_THREADS",
    description: "CPU threads of one serving process; 0 leaves the choice to it.",
    schema: z.coerce.number().int().min(0).max(1024).default(0),
  }),
  servingMaxBatch: setting({
    env: "SERVING_MAX_BATCH",
    description: "Answers that one model generates at the same time.",
    schema: z.coerce.number().int().min(1).max(256).default(16),
  }),
  servingMaxQueue: setting({
    env: "SERVING_MAX_QUEUE",
    description: "Requests that may wait for a place in one model's batch; more are refused.",
    schema: z.coerce.number().int().min(1).max(10_000).default(256),
  }),
};

export type EndpointsConfig = SettingsOf<typeof endpointsSettings>;
