import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { createClientToken } from "@llm-tuner/contract/client-tokens.ts";
import { listPrices, type PriceVersion } from "@llm-tuner/contract/prices.ts";
import { listOfferedModels } from "@llm-tuner/contract/providers.ts";
import { type FakeProcess, startFakeProcess } from "../fakes/fake-process.ts";
import { password } from "../support/people.ts";
import { Platform } from "../support/platform.ts";
import { models, newPrice, type ProviderName, routes } from "./models.ts";

/** Somebody who calls, with one credential. */
export interface Caller {
  name: string;
  headers: Record<string, string>;
  /** Of a hundred calls, roughly. */
  share: number;
}

/** A limit on money that must hold, as its counter is called. */
export interface Budget {
  subject: string;
  period: "total" | "month" | "day";
  limitNanoUsd: number | null;
  maxRequests: number | null;
}

export interface World {
  platform: Platform;
  fakes: Readonly<Record<ProviderName, FakeProcess>>;
  journals: Readonly<Record<ProviderName, string>>;
  callers: readonly Caller[];
  budgets: readonly Budget[];
  /** Sets another price for a model from now on. */
  changePrice(): Promise<void>;
  prices(): Promise<PriceVersion[]>;
  close(): Promise<void>;
}

const manyCalls = "1000000";
const settingsFor = (fakes: World["fakes"]): Record<string, string> => ({
  LOG_LEVEL: "error",
  OPENAI_API_KEY: fakes.openai.apiKey,
  OPENAI_BASE_URL: fakes.openai.origin,
  ANTHROPIC_API_KEY: fakes.anthropic.apiKey,
  ANTHROPIC_BASE_URL: fakes.anthropic.origin,
  GEMINI_API_KEY: fakes.gemini.apiKey,
  GEMINI_BASE_URL: fakes.gemini.origin,
  // What is tested here are the limits of tiers and budgets, not those of addresses.
  RATE_LIMIT_SPEND_PER_MINUTE: manyCalls,
  RATE_LIMIT_WRITE_PER_MINUTE: manyCalls,
  RATE_LIMIT_READ_PER_MINUTE: manyCalls,
  RATE_LIMIT_AUTH_PER_MINUTE: manyCalls,
});

type Send = (method: string, path: string, body?: object) => Promise<unknown>;

const sender =
  (platform: Platform, token?: string): Send =>
  async (method, path, body) => {
    const response = await fetch(new URL(path, platform.origin), {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };

const register = async (platform: Platform, email: string) => {
  const tokens = Tokens.parse(await sender(platform)("POST", "/api/auth/register", { email, password }));
  return { id: tokens.user.id, token: tokens.access_token, send: sender(platform, tokens.access_token) };
};

const becomeAdmin = async (platform: Platform) => {
  const admin = await register(platform, "admin@example.org");
  const [, setup_token] = (await platform.setupUrl()).split("#token=");
  await admin.send("POST", "/api/auth/setup", { setup_token });
  return admin;
};

const modelsPath = "/api/admin/providers/models";

/** Limits of time are short, so that stalled answers end within the run. */
const properties = ({ onDisconnect }: (typeof models)[number]) => ({
  on_disconnect: onDisconnect,
  first_byte_timeout_ms: 2500,
  idle_timeout_ms: 1000,
  total_timeout_ms: 30_000,
});

const setUpModels = async (send: Send): Promise<void> => {
  const { models: offered } = listOfferedModels.responses[200].schema.parse(await send("GET", modelsPath));
  for (const wanted of models) {
    const known = offered.find(({ model }) => model === wanted.model);
    if (known !== undefined) await send("PATCH", `${modelsPath}/${known.id}`, properties(wanted));
    else {
      const connection_id = offered.find(({ provider }) => provider === wanted.provider)?.connection_id;
      await send("POST", modelsPath, { connection_id, model: wanted.model, ...properties(wanted) });
    }
    const price = { provider: wanted.provider, model_pattern: wanted.model };
    await send("POST", "/api/admin/prices", { ...price, rates: wanted.rates });
    if (wanted.long === undefined) continue;
    const { from, rates } = wanted.long;
    await send("POST", "/api/admin/prices", { ...price, min_input_tokens: from, rates });
  }
  for (const route of routes) await send("POST", "/api/admin/providers/routes", route);
};

const nanoPerUsd = 1e9;
const none = { maxRequests: null } as const;

/** People with keys, tokens and tiers; small budgets for some, so that they are used up within a run of any size. */
const setUpCallers = async (platform: Platform, admin: Send, scale: number) => {
  const usd = (perThousandCalls: number): number => Math.round(perThousandCalls * scale * 1e6) / 1e6;
  const [dailyUsd, modelUsd] = [usd(0.05), usd(0.02)];
  await admin("POST", "/api/admin/tiers", { name: "daily", daily_spend_usd: dailyUsd });
  await admin("POST", "/api/admin/tiers", {
    name: "narrow",
    requests_per_minute: 400,
    tokens_per_minute: 60_000,
    concurrent_requests: 3,
  });
  await admin("POST", "/api/admin/tiers", {
    name: "by-model",
    model_limits: [{ model: "claude-*", monthly_spend_usd: modelUsd }],
  });
  const callers: Caller[] = [];
  const budgets: Budget[] = [];
  const enter = async (name: string, tier?: string) => {
    const person = await register(platform, `${name}@example.org`);
    if (tier !== undefined) await admin("PATCH", `/api/admin/users/${person.id}`, { tier });
    return person;
  };
  const addKey = async (send: Send, name: string, share: number, more: object = {}) => {
    const { key, secret } = CreatedApiKey.parse(await send("POST", "/api/v1/api-keys", { name, ...more }));
    callers.push({ name, headers: { authorization: `Bearer ${secret}` }, share });
    return { subject: `key:${key.family_id}`, secret };
  };
  const addBudgetKey = async (send: Send, name: string, period: Budget["period"], limitUsd: number): Promise<void> => {
    const { subject } = await addKey(send, name, 9, { budget: { limit_usd: limitUsd, period } });
    budgets.push({ subject, period, limitNanoUsd: Math.round(limitUsd * nanoPerUsd), ...none });
  };
  const ada = await enter("ada");
  await addKey(ada.send, "ada's key", 40);
  callers.push({ name: "ada's session", headers: { authorization: `Bearer ${ada.token}` }, share: 10 });
  await addBudgetKey(ada.send, "ada's total", "total", usd(0.05));
  await addBudgetKey(ada.send, "ada's month", "month", usd(0.1));
  const bert = await enter("bert", "daily");
  await addKey(bert.send, "bert's key", 9);
  budgets.push({ subject: `user:${bert.id}`, period: "day", limitNanoUsd: Math.round(dailyUsd * nanoPerUsd), ...none });
  await addBudgetKey(bert.send, "bert's day", "day", usd(0.02));
  const cleo = await enter("cleo", "narrow");
  await addKey(cleo.send, "cleo's key", 6);
  const dora = await enter("dora");
  const { subject } = await addKey(dora.send, "dora's key", 7, { tier: "by-model" });
  const limitNanoUsd = Math.round(modelUsd * nanoPerUsd);
  budgets.push({ subject: `${subject} claude-*`, period: "month", limitNanoUsd, ...none });
  const addToken = async (name: string, bounds: { max_requests?: number; max_spend_usd?: number }): Promise<void> => {
    const made = createClientToken.responses[201].schema.parse(
      await dora.send("POST", "/api/auth/client-token", { ttl_seconds: 7200, ...bounds }),
    );
    callers.push({ name, headers: { authorization: `Bearer ${made.client_token}` }, share: 6 });
    const { max_requests = null, max_spend_usd } = bounds;
    const limit = max_spend_usd === undefined ? null : Math.round(max_spend_usd * nanoPerUsd);
    budgets.push({
      subject: `client_token:${made.id}`,
      period: "total",
      limitNanoUsd: limit,
      maxRequests: max_requests,
    });
  };
  await addToken("dora's page", { max_spend_usd: usd(0.03) });
  await addToken("dora's function", { max_requests: Math.ceil(40 * scale) });
  return { callers, budgets };
};

/** The fakes as processes with journals, and the real server on a folder of its own that is connected to them. */
export const startWorld = async ({ calls }: { calls: number }): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), "llm-tuner-fault-run-"));
  const journals = {
    openai: join(folder, "openai.jsonl"),
    anthropic: join(folder, "anthropic.jsonl"),
    gemini: join(folder, "gemini.jsonl"),
  };
  const [openai, anthropic, gemini] = await Promise.all([
    startFakeProcess("openai", { journalPath: journals.openai }),
    startFakeProcess("anthropic", { journalPath: journals.anthropic }),
    startFakeProcess("gemini", { journalPath: journals.gemini }),
  ]);
  const fakes = { openai, anthropic, gemini };
  const platform = await Platform.start(settingsFor(fakes));
  const admin = await becomeAdmin(platform);
  await setUpModels(admin.send);
  const { callers, budgets } = await setUpCallers(platform, admin.send, calls / 1000);
  const { provider, model: model_pattern, rates } = newPrice;
  return {
    platform,
    fakes,
    journals,
    callers,
    budgets,
    changePrice: async () => void (await admin.send("POST", "/api/admin/prices", { provider, model_pattern, rates })),
    async prices() {
      const all: PriceVersion[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const query = `?versions=all&limit=100${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
        const page = listPrices.responses[200].schema.parse(await admin.send("GET", `/api/admin/prices${query}`));
        all.push(...page.prices);
        cursor = page.next_cursor;
      }
      return all;
    },
    async close() {
      await platform.dispose();
      for (const fake of Object.values(fakes)) await fake.end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
};
