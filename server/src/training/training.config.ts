import { z } from "zod";
import { setting, type SettingsOf } from "../platform/config/setting.ts";

const Device = z.enum(["auto", "cpu", "cuda", "mps"]);

export const trainingSettings = {
  devices: setting({
    env: "LOCAL_DEVICES",
    description:
      "Devices that tune on this machine, separated by commas: auto, cpu, cuda or mps. One job runs on each at a time.",
    schema: z
      .string()
      .default("auto")
      .transform((list) => list.split(",").map((name) => name.trim()))
      .pipe(z.array(Device).min(1).max(16)),
  }),
  threads: setting({
    env: "TRAINER_THREADS",
    description: "CPU threads of a tuning run; 0 leaves the choice to the trainer.",
    schema: z.coerce.number().int().min(0).max(1024).default(0),
  }),
  waitingJobsPerUser: setting({
    env: "WAITING_JOBS_PER_USER",
    description: "Tuning jobs that one user may have waiting in the queue.",
    schema: z.coerce.number().int().min(1).max(1000).default(20),
  }),
  stepsPerJob: setting({
    env: "STEPS_PER_JOB",
    description: "Optimizer steps that one tuning job may take at most.",
    schema: z.coerce.number().int().min(1).default(1_000_000),
  }),
  maxAttempts: setting({
    env: "TRAINER_MAX_ATTEMPTS",
    description: "Times that a tuning run is started when its process crashes, the first included.",
    schema: z.coerce.number().int().min(1).max(20).default(3),
  }),
  restartSeconds: setting({
    env: "TRAINER_RESTART_SECONDS",
    description: "Pause before a crashed tuning run is started again; four times as long after each further crash.",
    schema: z.coerce.number().min(0).max(3600).default(5),
  }),
  hangSeconds: setting({
    env: "TRAINER_HANG_SECONDS",
    description: "A tuning run that shows no sign of work for so long is ended and started again.",
    schema: z.coerce.number().positive().default(900),
  }),
  stopGraceSeconds: setting({
    env: "STOP_GRACE_SECONDS",
    description: "Time that a tuning run has to save a checkpoint when it is stopped, before it is killed.",
    schema: z.coerce.number().min(0).max(3600).default(120),
  }),
  checkpointSeconds: setting({
    env: "CHECKPOINT_EVERY_SECONDS",
    description: "Time between two checkpoints of a tuning run: what a crash can cost.",
    schema: z.coerce.number().positive().default(60),
  }),
};

export type TrainingConfig = SettingsOf<typeof trainingSettings>;
