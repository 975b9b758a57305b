import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";

const password = "correct horse battery staple";
const enough = 1_000_000_000;

/** Calls the platform as its web client does. */
async function call(origin: string, method: "POST" | "PATCH", path: string, body: unknown, token?: string) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(new URL(path, origin), {
    method,
    headers: { "content-type": "application/json", ...authorization },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  const answer: unknown = JSON.parse(text);
  return answer;
}

export interface Accounts {
  /** Secrets of API keys of somebody whose tier limits requests, tokens and answers at once. */
  limited: string[];
  /** The same of somebody whose tier also limits money a month, and whose keys have a budget each. */
  budgeted: string[];
}

const budgetUsd = 1e6;

/**
 * What callers of a real installation have. The limits are kept for every request and are never reached. Money is apart
 * because it may not be spent twice by two processes, and so is asked of the database.
 */
export async function prepareAccounts(origin: string, setupToken: string, keys: number): Promise<Accounts> {
  const register = async (name: string) => {
    const person = { email: `${name}@example.org`, password };
    const { access_token: token, user } = Tokens.parse(await call(origin, "POST", "/api/auth/register", person));
    const signIn = async () => Tokens.parse(await call(origin, "POST", "/api/auth/login", person)).access_token;
    return { token, userId: user.id, signIn };
  };
  const [limited, budgeted] = [await register("limited"), await register("budgeted")];
  await call(origin, "POST", "/api/auth/setup", { setup_token: setupToken }, limited.token);
  const admin = await limited.signIn();
  const limits = { requests_per_minute: enough, tokens_per_minute: enough, concurrent_requests: enough };
  const keysOf = async ({ userId, signIn }: typeof limited, money: { tier: object; key: object }) => {
    const name = `bench-${Object.keys(money.key).length > 0 ? "budgeted" : "limited"}`;
    await call(
      origin,
      "POST",
      "/api/admin/tiers",
      { name, description: "For the benchmark.", ...limits, ...money.tier },
      admin,
    );
    await call(origin, "PATCH", `/api/admin/users/${userId}`, { tier: name }, admin);
    const session = await signIn();
    const secrets: string[] = [];
    for (let index = 0; index < keys; index += 1) {
      const body = { name: `bench ${index}`, scopes: ["chat"], ...money.key };
      secrets.push(CreatedApiKey.parse(await call(origin, "POST", "/api/v1/api-keys", body, session)).secret);
    }
    return secrets;
  };
  const budget = { limit_usd: budgetUsd, period: "month" };
  return {
    limited: await keysOf(limited, { tier: {}, key: {} }),
    budgeted: await keysOf(budgeted, { tier: { monthly_spend_usd: budgetUsd }, key: { budget } }),
  };
}

/** Whether limits and metering are on: a run that compares a gateway without them would be worth nothing. */
export async function checkMetering({ origin, secret, model }: { origin: string; secret: string; model: string }) {
  const response = await fetch(new URL("/v1/chat/completions", origin), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello." }], max_tokens: 256 }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The first answer has status ${response.status}: ${text}`);
  const needed = ["ratelimit", "x-ratelimit-remaining-tokens", "x-gateway-cost-nano-usd"];
  const missing = needed.filter((name) => !response.headers.has(name));
  if (missing.length > 0) throw new Error(`The answer of the platform lacks ${missing.join(", ")}.`);
  const refused = await fetch(new URL("/v1/chat/completions", origin), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer wrong" },
    body: JSON.stringify({ model, messages: [] }),
  });
  await refused.body?.cancel();
  if (refused.status !== 401) throw new Error(`A wrong key is answered with ${refused.status}.`);
}
