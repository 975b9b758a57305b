import { basename } from "node:path";
import { openAsBlob } from "node:fs";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { BaseModel } from "@llm-tuner/contract/base-models.ts";
import { Dataset, previewDataset } from "@llm-tuner/contract/datasets.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { upload } from "@llm-tuner/contract/files.ts";
import { Deployment, TunedModel } from "@llm-tuner/contract/models.ts";
import { JobEvent, StartTrainingResponse, TrainingJob } from "@llm-tuner/contract/training.ts";
import { type UsageRequest, listUsageRequests } from "@llm-tuner/contract/usage.ts";
import { createParser } from "eventsource-parser";
import { z } from "zod";

/** An answer of the platform that says no; the message holds code, words and places. */
export class RefusedError extends Error {}

const explain = (status: number, text: string): string => {
  const parsed = ApiError.safeParse(JSON.parse(text));
  if (!parsed.success) return `HTTP ${status}: ${text.slice(0, 300)}`;
  const { code, message, details } = parsed.data.error;
  const places = (details?.places ?? []).slice(0, 5).map(({ line, field, excerpt }) => {
    const where = line === undefined ? (field ?? "") : `line ${line}`;
    return `  ${where}${excerpt === undefined ? "" : `: ${excerpt}`}`;
  });
  return [`${message} (${code})`, ...places, ...(details?.remedy === undefined ? [] : [details.remedy])].join("\n");
};

interface Call {
  method: "GET" | "POST";
  path: string;
  body?: unknown;
  form?: FormData;
}

/** The public API as a program of the user's would call it; every answer is parsed by the contract's schema. */
export class PlatformApi {
  readonly origin: string;
  #accessToken: string | undefined;

  constructor(origin: string) {
    this.origin = origin;
  }

  async #send({ method, path, body, form }: Call): Promise<string> {
    const response = await fetch(new URL(path, this.origin), {
      method,
      headers: {
        ...(this.#accessToken === undefined ? {} : { authorization: `Bearer ${this.#accessToken}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(form === undefined ? {} : { body: form }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new RefusedError(explain(response.status, text));
    return text;
  }

  async #call<Schema extends z.ZodType>(schema: Schema, call: Call): Promise<z.infer<Schema>> {
    return schema.parse(JSON.parse(await this.#send(call)));
  }

  async register(email: string, password: string): Promise<void> {
    const tokens = await this.#call(Tokens, { method: "POST", path: "/api/auth/register", body: { email, password } });
    this.#accessToken = tokens.access_token;
  }

  async upload(path: string) {
    const form = new FormData();
    form.append("files", await openAsBlob(path), basename(path));
    const { files } = await this.#call(upload.responses[201].schema, { method: "POST", path: "/api/upload", form });
    const [file] = files;
    if (file === undefined) throw new RefusedError("The platform answered an upload without a file.");
    return file;
  }

  createDataset(body: { file_ids: string[]; base_model: string }) {
    return this.#call(Dataset, { method: "POST", path: "/api/datasets", body });
  }

  dataset(id: string) {
    return this.#call(Dataset, { method: "GET", path: `/api/datasets/${id}` });
  }

  async heldOutExamples(id: string, limit: number) {
    const path = `/api/datasets/${id}/preview?part=held_out&limit=${limit}`;
    const { examples } = await this.#call(previewDataset.responses[200].schema, { method: "GET", path });
    return examples;
  }

  async baseModels() {
    const list = z.object({ base_models: z.array(BaseModel) });
    return (await this.#call(list, { method: "GET", path: "/api/base-models" })).base_models;
  }

  startTraining(body: { dataset_id: string; base_model: string; suffix: string }) {
    return this.#call(StartTrainingResponse, { method: "POST", path: "/api/start-training", body });
  }

  job(name: string) {
    return this.#call(TrainingJob, { method: "GET", path: `/api/training-job/${name}` });
  }

  /** The job's events from the first to the final one, in order. A broken connection is taken up where it broke. */
  async *jobEvents(name: string): AsyncGenerator<z.infer<typeof JobEvent>> {
    let lastEventId = "0";
    for (;;) {
      const response = await fetch(new URL(`/api/training-job/${name}/events`, this.origin), {
        headers: { authorization: `Bearer ${this.#accessToken ?? ""}`, "last-event-id": lastEventId },
      });
      if (!response.ok || response.body === null)
        throw new RefusedError(explain(response.status, await response.text()));
      const arrived: z.infer<typeof JobEvent>[] = [];
      const parser = createParser({
        onEvent: ({ data }) => {
          arrived.push(JobEvent.parse(JSON.parse(data)));
        },
      });
      const decoder = new TextDecoder();
      for await (const chunk of response.body) {
        parser.feed(decoder.decode(chunk, { stream: true }));
        for (const event of arrived.splice(0)) {
          lastEventId = String(event.seq);
          yield event;
          if (event.type === "status" && ["Completed", "Failed", "Stopped"].includes(event.status)) return;
        }
      }
    }
  }

  model(id: string) {
    return this.#call(TunedModel, { method: "GET", path: `/api/models/${id}` });
  }

  deploy(id: string) {
    return this.#call(Deployment, { method: "POST", path: `/api/models/${id}/deploy`, body: {} });
  }

  async createApiKey(name: string): Promise<string> {
    const body = { name, scopes: ["chat", "models:read"] };
    return (await this.#call(CreatedApiKey, { method: "POST", path: "/api/v1/api-keys", body })).secret;
  }

  async usage(): Promise<Map<string, z.infer<typeof UsageRequest>>> {
    const path = "/api/v1/usage/requests?limit=100";
    const { requests } = await this.#call(listUsageRequests.responses[200].schema, { method: "GET", path });
    return new Map(requests.map((request) => [request.request_id, request]));
  }
}
