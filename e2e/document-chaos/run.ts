import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { DocumentJob, StartedDocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import { z } from "zod";
import type { Database } from "../../server/src/platform/database/database.ts";
import { startEmbeddedPostgres } from "../../server/src/platform/database/embedded/embedded-postgres.ts";
import { createPgDatabase } from "../../server/src/platform/database/pg-database.ts";
import { silentLog } from "../../server/src/platform/log/log.ts";
import type { BehaviourInput } from "../fakes/behaviour.ts";
import type { FakeProvider } from "../fakes/fake-provider.ts";
import { startFakeOpenAi } from "../fakes/openai/openai.ts";
import { diceOf, killPlaces } from "../fault-run/plan.ts";
import { password } from "../support/people.ts";
import { startHost } from "./host.ts";
import type { Evidence, ProviderCall } from "./judge.ts";
import { type Part, Processes } from "./processes.ts";
import { endedDocuments, readCharges, readDocuments } from "./read-rows.ts";

export interface ChaosOptions {
  documents: number;
  kills: number;
  seed: number;
  /** Told whenever documents have ended or a process was killed. */
  onProgress?: (progress: { ended: number; kills: number }) => void;
}

export interface ChaosRun {
  evidence: Evidence;
  killed: Part[];
  seconds: number;
  /** Errors in the servers' logs. */
  errors: string[];
}

const model = "gpt-4o-mini";
const rates = { input_uncached: "150.5", input_cache_read: "75.25", output_text: "600.000001" };

/** What stands for all calls of the provider for a while. */
const weathers: readonly (BehaviourInput | null)[] = [
  null,
  { latencyMs: { headers: 120 } },
  { error: { status: 429, retryAfterSeconds: 1 }, percent: 25 },
  { error: { status: 500 }, percent: 30 },
  { error: { status: 503, body: "html" }, percent: 25 },
  { truncate: { afterEvents: 0, how: "reset" }, percent: 25 },
  { latencyMs: { headers: 800 }, percent: 20 },
];
const weatherMs = 1500;
const lookMs = 100;
/** Far longer than any pause of a provider that answers three of four calls: something hangs. */
const longestStandstillMs = 600_000;

const settingsFor = (fake: FakeProvider, more: Record<string, string>): Record<string, string> => ({
  LOG_LEVEL: "error",
  OPENAI_API_KEY: fake.apiKey,
  OPENAI_BASE_URL: fake.origin,
  DOCUMENTS_RETRY_SECONDS: "0.2",
  // Faults of the provider are as many as they are; none of them may end a document that has nothing wrong.
  DOCUMENTS_MAX_ATTEMPTS: "20",
  DOCUMENTS_AT_ONCE: "8",
  DOCUMENTS_AT_ONCE_PER_PERSON: "8",
  DOCUMENTS_AT_ONCE_PER_PROVIDER: "8",
  DOCUMENTS_FETCHES_PER_HOST: "8",
  RATE_LIMIT_READ_PER_MINUTE: "1000000",
  ...more,
});

type Send = (method: string, path: string, body?: object) => Promise<unknown>;

const sender =
  (origin: () => string, headers: Record<string, string>): Send =>
  async (method, path, body) => {
    const response = await fetch(new URL(path, origin()), {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const Offered = z.object({
  models: z.array(z.object({ id: z.string(), model: z.string(), provider: z.string(), connection_id: z.string() })),
});

/** An administrator offers the model at a price; whoever asks has a key, which outlives the processes. */
async function setUp(processes: Processes): Promise<Send> {
  const origin = () => processes.origin;
  const register = async (email: string) =>
    Tokens.parse(await sender(origin, {})("POST", "/api/auth/register", { email, password })).access_token;
  const admin = sender(origin, bearer(await register("admin@example.org")));
  const token = /#token=(\S+)/.exec(processes.output)?.[1];
  await admin("POST", "/api/auth/setup", { setup_token: token });
  const path = "/api/admin/providers/models";
  const { models } = Offered.parse(await admin("GET", path));
  const connection_id = models.find(({ provider }) => provider === "openai")?.connection_id;
  if (models.every((offered) => offered.model !== model)) await admin("POST", path, { connection_id, model });
  await admin("POST", "/api/admin/prices", { provider: "openai", model_pattern: model, rates });
  const person = sender(origin, bearer(await register("ada@example.org")));
  const { secret } = CreatedApiKey.parse(
    await person("POST", "/api/v1/api-keys", { name: "documents", scopes: ["documents:read", "documents:write"] }),
  );
  return sender(origin, { "x-api-key": secret });
}

/** Notes which letter each call was about; the fake keeps only the latest. */
class CallNotes {
  readonly #letters = new Map<number, number>();
  #latest = -1;
  readonly #fake: FakeProvider;

  constructor(fake: FakeProvider) {
    this.#fake = fake;
  }

  note(): void {
    for (const { call, body } of this.#fake.requests()) {
      if (call <= this.#latest) continue;
      this.#latest = call;
      const letter = /Report number (\d+)/.exec(JSON.stringify(body))?.[1];
      if (letter !== undefined) this.#letters.set(call, Number(letter));
    }
  }

  calls(): ProviderCall[] {
    this.note();
    return this.#fake.calls().flatMap(({ call, at }) => {
      const letter = this.#letters.get(call);
      return letter === undefined ? [] : [{ letter, atMs: Date.parse(at) }];
    });
  }
}

interface Scene {
  database: Database;
  fake: FakeProvider;
  processes: Processes;
  notes: CallNotes;
}

/** Kills one process or the other whenever a number of documents has come to its end, until all have. */
async function killAndWait({ database, fake, processes, notes }: Scene, jobId: string, options: ChaosOptions) {
  const { documents, kills, seed, onProgress } = options;
  const dice = diceOf(`document chaos ${seed}`);
  const places = killPlaces(seed, documents, kills);
  const killed: { part: Part; atMs: number }[] = [];
  let weatherEndsMs = 0;
  let before = 0;
  let endedMs = performance.now();
  for (;;) {
    const ended = await endedDocuments(database, jobId);
    if (ended > before) {
      before = ended;
      endedMs = performance.now();
      onProgress?.({ ended, kills: killed.length });
    } else if (performance.now() - endedMs > longestStandstillMs)
      throw new Error(`No document has ended for long; ${ended} of ${documents} have, after ${killed.length} kills.`);
    notes.note();
    if (performance.now() >= weatherEndsMs) {
      fake.behave(dice.one(weathers));
      weatherEndsMs = performance.now() + weatherMs;
    }
    const place = places[killed.length];
    if (place !== undefined && ended >= Math.min(place, documents - 1)) {
      const part: Part = dice.percent(75) ? "worker" : "web";
      killed.push({ part, atMs: Date.now() });
      await processes.end(part, "SIGKILL");
      await processes.start(part);
    } else if (ended >= documents) return killed;
    else await delay(lookMs);
  }
}

async function inWorld(options: ChaosOptions, folder: string, scene: Omit<Scene, "processes" | "notes">, url: string) {
  const { database, fake } = scene;
  const host = await startHost();
  const processes = new Processes(
    settingsFor(fake, { DATA_DIR: join(folder, "data"), DATABASE_URL: url, DOCUMENTS_INSIDE_HOSTS: host.name }),
  );
  const notes = new CallNotes(fake);
  try {
    await processes.start("web");
    await processes.start("worker");
    const send = await setUp(processes);
    const urls = Array.from({ length: options.documents }, (_, position) => host.url(position));
    const { job_id: jobId } = StartedDocumentJob.parse(
      await send("POST", "/api/process/process-batch", { urls, tagger: model }),
    );
    const killed = await killAndWait({ database, fake, processes, notes }, jobId, options);
    const job = DocumentJob.parse(
      Object.fromEntries(
        Object.entries(Object(await send("GET", `/api/process/batch-status/${jobId}?limit=1`))).filter(
          ([name]) => !["results", "limit", "offset"].includes(name),
        ),
      ),
    );
    // A moment in which nothing may be asked any more; what is spooled is written when the processes end.
    await delay(2000);
    await processes.end("worker", "SIGTERM");
    await processes.end("web", "SIGTERM");
    const evidence: Evidence = {
      total: options.documents,
      documents: await readDocuments(database, jobId),
      charges: await readCharges(database),
      calls: notes.calls(),
      killsMs: killed.map(({ atMs }) => atMs),
      shown: { ...job, costNanoUsd: Math.round(job.cost_usd * 1e9) },
    };
    return { evidence, killed: killed.map(({ part }) => part), errors: errorsIn(processes.output) };
  } finally {
    await processes.end("worker", "SIGKILL");
    await processes.end("web", "SIGKILL");
    await host.close();
  }
}

const errorsIn = (log: string): string[] => log.split("\n").filter((line) => /"level":"(?:error|fatal)"/.test(line));

/** Runs the batch among failing hosts, a failing provider and dying processes, and collects what everybody knows. */
export async function documentChaos(options: ChaosOptions): Promise<ChaosRun> {
  const beganMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "llm-tuner-document-chaos-"));
  const postgres = await startEmbeddedPostgres({ dataDirectory: folder, unprivilegedUser: "nobody", log: silentLog });
  const database = createPgDatabase({ url: postgres.url(), log: silentLog, poolSize: 2 });
  const fake = await startFakeOpenAi({ journalPath: join(folder, "openai.jsonl") });
  try {
    const run = await inWorld(options, folder, { database, fake }, postgres.url());
    return { ...run, seconds: Math.round((performance.now() - beganMs) / 1000) };
  } finally {
    await fake.close();
    await database.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
