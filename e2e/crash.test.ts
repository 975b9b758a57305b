import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { upload } from "@llm-tuner/contract/files.ts";
import { JobEvent, StartTrainingResponse, TrainingJob, isFinalJobStatus } from "@llm-tuner/contract/training.ts";
import { setTimeout as delay } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Platform } from "./support/platform.ts";

const sample = join(import.meta.dirname, "../tools/demo/sample/garden-shop-faq.csv");

let platform: Platform;
let token: string;

const send = async (path: string, init: RequestInit = {}): Promise<unknown> => {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const response = await fetch(new URL(path, platform.origin), { ...init, headers });
  expect(response.status, `${path}: ${await response.clone().text()}`).toBeLessThan(300);
  return response.json();
};

const post = (path: string, body: unknown): Promise<unknown> =>
  send(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

beforeAll(async () => {
  platform = await Platform.start();
  const tokens = await post("/api/auth/register", {
    email: "ada@example.org",
    password: "a long sentence is a good password",
  });
  token = Tokens.parse(tokens).access_token;
});

afterAll(() => platform.dispose());

const job = async (name: string) => TrainingJob.parse(await send(`/api/training-job/${name}`));

const untilStep = async (name: string, step: number): Promise<void> => {
  for (let current = await job(name); current.step < step; current = await job(name)) {
    expect(isFinalJobStatus(current.status), current.failure_reason ?? current.status).toBe(false);
    await delay(100);
  }
};

const untilFinal = async (name: string) => {
  let current = await job(name);
  while (!isFinalJobStatus(current.status)) {
    await delay(300);
    current = await job(name);
  }
  return current;
};

/** Every event of an ended job, as a client that was never away would have got them. */
const allEvents = async (name: string): Promise<JobEvent[]> => {
  const response = await fetch(new URL(`/api/training-job/${name}/events`, platform.origin), {
    headers: { authorization: `Bearer ${token}` },
  });
  const events: JobEvent[] = [];
  createParser({ onEvent: ({ data }) => events.push(JobEvent.parse(JSON.parse(data))) }).feed(await response.text());
  return events;
};

/** The steps of the curve, after what a resume runs again was dropped. */
const curve = (events: readonly JobEvent[]): number[] => {
  let steps: number[] = [];
  for (const event of events) {
    if (event.type === "resumed") steps = steps.filter((step) => step <= event.from_step);
    if (event.type === "step") steps.push(event.step);
  }
  return steps;
};

const startJob = async (): Promise<string> => {
  const form = new FormData();
  form.append("files", new Blob([await readFile(sample)]), basename(sample));
  const { files } = upload.responses[201].schema.parse(await send("/api/upload", { method: "POST", body: form }));
  const started = await post("/api/start-training", {
    files: files.map(({ file_id }) => file_id),
    hyperparameters: { epochs: 3 },
  });
  return StartTrainingResponse.parse(started).job_name;
};

describe("a server killed in the middle of training", () => {
  it("finds the run again: Completed, and no step of the curve lost or doubled", async () => {
    const name = await startJob();
    await untilStep(name, 5);
    await platform.end("SIGKILL");
    await platform.startProcess();
    const ended = await untilFinal(name);
    expect(ended.status, ended.failure_reason ?? "").toBe("Completed");
    const { total_steps: total } = ended;
    expect(curve(await allEvents(name))).toEqual(Array.from({ length: total ?? 0 }, (_, index) => index + 1));
    const points = ended.training_metrics
      .filter(({ metric_name }) => metric_name === "train_loss")
      .map(({ step }) => step);
    expect(new Set(points).size).toBe(points.length);
    expect(ended.attempts).toBe(1);
  }, 300_000);
});
