import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Dataset } from "@llm-tuner/contract/datasets.ts";
import type { TunedModel } from "@llm-tuner/contract/models.ts";
import OpenAI from "openai";
import { ask } from "./ask.ts";
import { PlatformApi, RefusedError } from "./platform-api.ts";
import { startPlatform } from "./platform-process.ts";
import { ProgressLine, count, datasetReport, fact, heading, money, sideBySide } from "./print.ts";

const sample = join(import.meta.dirname, "sample/garden-shop-faq.csv");

const { values: options } = parseArgs({
  options: { file: { type: "string", default: sample }, "base-model": { type: "string", default: "starter" } },
});

/** The demo proves each step, so a step that did not happen ends it. */
const demand = (holds: boolean, message: string): void => {
  if (!holds) throw new RefusedError(message);
};

const checkedDataset = async (api: PlatformApi, fileId: string, baseModel: string): Promise<Dataset> => {
  let dataset = await api.createDataset({ file_ids: [fileId], base_model: baseModel });
  while (dataset.status === "checking") {
    await delay(500);
    dataset = await api.dataset(dataset.id);
  }
  demand(dataset.status === "ready", dataset.error?.message ?? "The data set is not usable.");
  return dataset;
};

const tune = async (api: PlatformApi, dataset: Dataset, baseModel: string): Promise<TunedModel> => {
  const { job_name, hyperparameters, warnings } = await api.startTraining({
    dataset_id: dataset.id,
    base_model: baseModel,
    suffix: "demo",
  });
  fact("job", job_name);
  fact(
    "settings",
    `${hyperparameters.method}, learning rate ${hyperparameters.learning_rate}, batch ${hyperparameters.batch_size}, ${hyperparameters.epochs} epochs`,
  );
  for (const warning of warnings) fact("warning", warning);
  const progress = new ProgressLine();
  for await (const event of api.jobEvents(job_name)) {
    if (event.type === "step") progress.show(event);
    if (event.type === "log" && event.level !== "info") console.log(`\n  ${event.level}: ${event.message}`);
  }
  progress.end();

  const job = await api.job(job_name);
  demand(job.status === "Completed", `The job ended ${job.status}: ${job.failure_reason ?? "no reason was given"}`);
  const { held_out_loss_before: before, held_out_loss_after: after } = job;
  if (before === null || after === null) throw new RefusedError("The job measured no held-out loss.");
  fact("held-out loss", `${before.toFixed(3)} before → ${after.toFixed(3)} after`);
  demand(after < before, "The held-out loss did not fall.");
  return await registeredModel(api, job_name);
};

/** The model is registered and checked for parity right after its job ends. */
const registeredModel = async (api: PlatformApi, jobName: string): Promise<TunedModel> => {
  for (;;) {
    const { model_id } = await api.job(jobName);
    const model = model_id === null ? undefined : await api.model(model_id);
    if (model !== undefined && model.parity.verdict !== "pending") return model;
    await delay(500);
  }
};

const questionsOf = async (api: PlatformApi, dataset: Dataset): Promise<string[]> => {
  const examples = await api.heldOutExamples(dataset.id, 3);
  return examples.map(({ prompt, completion }) =>
    prompt === "" ? completion.slice(0, Math.ceil(completion.length / 2)) : prompt,
  );
};

const compare = async (api: PlatformApi, model: TunedModel, questions: readonly string[]): Promise<void> => {
  const client = new OpenAI({ baseURL: `${api.origin}/v1`, apiKey: await api.createApiKey("demo"), timeout: 120_000 });
  for (const [index, question] of questions.entries()) {
    const stream = index === questions.length - 1;
    const base = await ask({ client, model: model.base_model, question, stream });
    const tuned = await ask({ client, model: model.name, question, stream });
    const usage = await api.usage();
    heading(`${question}${stream ? "   (streamed)" : ""}`);
    const [left, right] = [base, tuned].map((answer, side) => {
      const row = usage.get(answer.requestId);
      demand(
        row !== undefined && row.cost_nano_usd !== null,
        `Request ${answer.requestId} is missing in the usage ledger.`,
      );
      demand(
        row?.output_tokens === answer.completionTokens,
        `Request ${answer.requestId} was metered with other tokens than it had.`,
      );
      const tokens = `${answer.promptTokens}+${answer.completionTokens} tokens`;
      return {
        title: `${side === 0 ? "base" : "tuned"} · ${tokens} · ${money(row?.cost_nano_usd ?? null)} · ${Math.round(answer.latencyMs)} ms`,
        text: answer.content,
      };
    });
    if (left !== undefined && right !== undefined) sideBySide(left, right);
  }
};

const demo = async (): Promise<void> => {
  const file = resolve(process.env["INIT_CWD"] ?? process.cwd(), options.file);
  demand(existsSync(file), `There is no file ${file}. Name one with: npm run demo -- --file PATH`);
  const baseModel = options["base-model"];

  heading("Starting the platform");
  const platform = await startPlatform();
  try {
    fact("address", `${platform.origin}${platform.wasRunning ? " (was running)" : ""}`);
    const api = new PlatformApi(platform.origin);
    const account = {
      email: `demo-${randomBytes(4).toString("hex")}@example.org`,
      password: randomBytes(12).toString("base64url"),
    };
    await api.register(account.email, account.password);
    fact("account", account.email);

    heading(`Checking ${options.file === sample ? "the bundled sample" : options.file}`);
    const stored = await api.upload(file);
    fact("uploaded", `${stored.originalName}, ${count(stored.size)} bytes, ${stored.encoding}`);
    const dataset = await checkedDataset(api, stored.file_id, baseModel);
    datasetReport(dataset);

    heading(`Tuning ${baseModel} on this machine`);
    const model = await tune(api, dataset, baseModel);
    fact("parity", `${model.parity.verdict}: served tokens equal the trainer's on ${model.parity.prompts} prompts`);
    demand(
      model.parity.verdict === "passed",
      model.parity.message ?? "The served model answers differently from the trained one.",
    );

    heading("Deploying and asking through POST /v1/chat/completions");
    await api.deploy(model.id);
    fact("model", model.name);
    await compare(api, model, await questionsOf(api, dataset));

    heading("Done");
    console.log(
      `  See the curve and ask more: npm start, then sign in at http://localhost:5000\n  as ${account.email} with ${account.password}`,
    );
  } finally {
    await platform.stop();
  }
};

try {
  await demo();
} catch (error) {
  if (!(error instanceof RefusedError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
