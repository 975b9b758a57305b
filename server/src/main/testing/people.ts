import { ApiKey, CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { type Scope, scopes } from "@llm-tuner/contract/endpoint.ts";
import { Session } from "@llm-tuner/contract/sessions.ts";
import { StoredFile } from "@llm-tuner/contract/files.ts";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { insertCompletedJob } from "../../models/testing/jobs.ts";
import type { Database } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import { until } from "../../platform/testing/until.ts";

export const password = "correct horse battery staple";

type Headers = Record<string, string>;

/** Somebody with an account, and every kind of credential that they can have. */
export interface Person {
  userId: string;
  email: string;
  accessToken: string;
  refreshToken: string;
  sessionId: string;
  /** Of an API key with these scopes; the same key for the same scopes. */
  keyWith(scopes: readonly Scope[]): Promise<Headers>;
  session: Headers;
  clientToken: Headers;
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const SessionList = z.object({ sessions: z.array(Session) });
const ClientToken = z.object({ client_token: z.string() });

/** Registers and signs in. */
export async function createPerson(app: FastifyInstance, email: string): Promise<Person> {
  const post = async (url: string, headers: Headers, payload: object) => {
    const answer = await app.inject({ method: "POST", url, headers, payload });
    if (answer.statusCode >= 300) throw new Error(`${url} answered ${answer.statusCode}: ${answer.body}`);
    return answer.json<unknown>();
  };
  const tokens = Tokens.parse(await post("/api/auth/register", {}, { email, password }));
  const session = bearer(tokens.access_token);
  const keys = new Map<string, Headers>();
  const keyWith = async (wanted: readonly Scope[]): Promise<Headers> => {
    const name = wanted.join(" ");
    const known = keys.get(name);
    if (known !== undefined) return known;
    const created = CreatedApiKey.parse(await post("/api/v1/api-keys", session, { name: "test", scopes: wanted }));
    const headers = { "x-api-key": created.secret };
    keys.set(name, headers);
    return headers;
  };
  const list = await app.inject({ url: "/api/auth/sessions", headers: session });
  const sessionId = SessionList.parse(list.json()).sessions.find(({ current }) => current)?.id ?? "";
  const clientToken = ClientToken.parse(await post("/api/auth/client-token", session, {})).client_token;
  return {
    userId: tokens.user.id,
    email,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    sessionId,
    keyWith,
    session,
    clientToken: bearer(clientToken),
  };
}

/** Makes a person an administrator as somebody at the database would; what was memorised hears of it. */
export const makeAdmin = (database: Database, { userId }: Person): Promise<number> =>
  database.execute("update users set role = 'admin' where id = $1", [userId]);

/** Signs up an administrator, and waits until this process has heard that they are one. */
export async function createAdmin(
  { app, database }: { app: FastifyInstance; database: Database },
  email: string,
): Promise<Person> {
  const admin = await createPerson(app, email);
  await makeAdmin(database, admin);
  const ask = async () => (await app.inject({ url: "/api/admin/tiers", headers: admin.session })).statusCode;
  await until(async () => (await ask()) === 200);
  return admin;
}

/** Ids of one thing of each kind that a person owns. */
export interface Belongings {
  fileId: string;
  datasetId: string;
  jobName: string;
  modelId: string;
  modelName: string;
  apiKeyId: string;
  responseId: string;
  videoId: string;
  usageRequestId: string;
  documentJobId: string;
  documentId: string;
  tagId: string;
}

async function uploadFile(app: FastifyInstance, owner: Person): Promise<string> {
  const form = new FormData();
  form.append("files", new Blob(["question,answer\nHow many?,3\n"]), "answers.csv");
  const request = new Request("http://localhost", { method: "POST", body: form });
  const answer = await app.inject({
    method: "POST",
    url: "/api/upload",
    headers: { ...owner.session, "content-type": request.headers.get("content-type") ?? "" },
    payload: Buffer.from(await request.arrayBuffer()),
  });
  const [file] = z.object({ files: z.array(StoredFile) }).parse(answer.json()).files;
  return file?.file_id ?? "";
}

async function insertDataset(database: Database, userId: string, fileId: string): Promise<string> {
  const id = newId("dataset");
  await database.execute(
    `insert into datasets (id, user_id, name, file_ids, source_bytes, base_model, held_out_fraction, created_at)
     values ($1, $2, 'answers', $3, 30, 'starter', 0.1, now())`,
    [id, userId, [fileId]],
  );
  return id;
}

async function insertModel(database: Database, userId: string, jobName: string): Promise<{ id: string; name: string }> {
  const id = newId("model");
  const name = `ft:starter:${id}`;
  await database.execute(
    `insert into models (id, user_id, name, base_model, base_source, job_name, dataset_id, method, size_bytes,
       parameters, context_window, parity_verdict, parity_prompts, parity_mismatches, parity_checked_at, created_at)
     values ($1, $2, $3, 'starter', '{"kind":"folder","path":"/nowhere"}', $4, $5, 'full', 1, 1, 64, 'passed', 1, 0,
       now(), now())`,
    [id, userId, name, jobName, newId("dataset")],
  );
  await database.execute(
    `insert into deployments (id, model_id, user_id, target, idle_timeout_minutes, created_at)
     values ($1, $2, $3, 'local', 10, now())`,
    [newId("deployment"), id, userId],
  );
  return { id, name };
}

async function insertResponse(database: Database, userId: string): Promise<string> {
  const response = { id: "resp_1", object: "response", created_at: 1, status: "completed", model: "m", output: [] };
  await database.execute(
    "insert into stored_responses (user_id, id, response, input, created_at) values ($1, $2, $3, '[]', now())",
    [userId, response.id, JSON.stringify(response)],
  );
  return response.id;
}

async function insertVideo(database: Database, userId: string): Promise<string> {
  const id = `video_${"0".repeat(32)}`;
  await database.execute(
    `insert into video_jobs (id, user_id, request_id, deployment, provider, upstream_id, model, video, created_at)
     values ($1, $2, 'req_1', 'dep_1', 'openai', 'video_1', 'm', '{}', now())`,
    [id, userId],
  );
  return id;
}

async function insertUsageRequest(database: Database, userId: string): Promise<string> {
  const id = newId("request");
  await database.execute(
    `insert into usage_requests (request_id, user_id, model, price_model, provider, operation, stream, usage_source,
       policy, cost_nano_usd, outcome, latency_ms, started_at, created_at)
     values ($1, $2, 'm', 'm', 'tuned', 'chat/completions', false, 'reported', 'reported', 0, 'completed', 1, now(), now())`,
    [id, userId],
  );
  return id;
}

async function insertDocument(database: Database, userId: string): Promise<{ jobId: string; id: string }> {
  const [jobId, id] = [newId("documentJob"), newId("document")];
  const options = { max_tags: 10, mode: "prefer_existing", auto_accept: "none", ocr: "auto", tagger: "offline" };
  await database.execute(
    `insert into document_jobs (id, user_id, job_type, name, options, created_at)
     values ($1, $2, 'single', 'letter', $3, now())`,
    [jobId, userId, JSON.stringify(options)],
  );
  await database.execute(
    `insert into documents (id, job_id, user_id, position, title, file_name, status, created_at)
     values ($1, $2, $3, 0, 'letter', 'letter.pdf', 'pending', now())`,
    [id, jobId, userId],
  );
  await database.execute("insert into document_texts (document_id, text) values ($1, 'Dear reader')", [id]);
  return { jobId, id };
}

async function addTag(app: FastifyInstance, owner: Person): Promise<string> {
  const answer = await app.inject({
    method: "POST",
    url: "/api/tags",
    headers: owner.session,
    payload: { name: "letters" },
  });
  return z.object({ id: z.string() }).parse(answer.json()).id;
}

/** Gives a person one thing of each kind. */
export async function createBelongings(
  { app, database }: { app: FastifyInstance; database: Database },
  owner: Person,
): Promise<Belongings> {
  const fileId = await uploadFile(app, owner);
  const datasetId = await insertDataset(database, owner.userId, fileId);
  const jobName = `llm-tune-${owner.userId.slice(5, 11).toLowerCase()}-starter-20261121-100000-local`;
  await insertCompletedJob(database, { jobName, userId: owner.userId, suffix: null });
  const model = await insertModel(database, owner.userId, jobName);
  const document = await insertDocument(database, owner.userId);
  await owner.keyWith(scopes);
  const keys = await app.inject({ url: "/api/v1/api-keys", headers: owner.session });
  const [key] = z.object({ api_keys: z.array(ApiKey) }).parse(keys.json()).api_keys;
  return {
    fileId,
    datasetId,
    jobName,
    modelId: model.id,
    modelName: model.name,
    apiKeyId: key?.id ?? "",
    responseId: await insertResponse(database, owner.userId),
    videoId: await insertVideo(database, owner.userId),
    usageRequestId: await insertUsageRequest(database, owner.userId),
    documentJobId: document.jobId,
    documentId: document.id,
    tagId: await addTag(app, owner),
  };
}
