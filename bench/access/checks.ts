/**
 * What it costs to prove a credential: CPU and wall time of one check and the statements that it makes, for access
 * tokens, API keys and client tokens, on the server's own accounts and keys with a real PostgreSQL. Usage:
 *
 *     node bench/access/checks.ts [--checks 50000] [--credentials 50]
 *
 * `known` is a check of a credential that this process has seen, which is what nearly every request makes; `first` is
 * the first check of each. Prints a table, writes bench/access/checks.json, and fails when a known check takes more CPU
 * time than the bar or makes a statement. Every five seconds a process reads anew who is disabled, which sessions are
 * revoked and which keys sign: that belongs to no check, and is counted apart.
 */
import { writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { createClientToken } from "@llm-tuner/contract/client-tokens.ts";
import { startBenchDatabase } from "../bench-database.ts";
import { createKeyParts, isReadByTheClock } from "../../server/src/keys/testing/key-parts.ts";
import { createAuthenticator } from "../../server/src/main/credentials.ts";

const { values } = parseArgs({
  options: { checks: { type: "string", default: "50000" }, credentials: { type: "string", default: "50" } },
});
const checks = Number(values.checks);
const credentials = Number(values.credentials);
const barMicroseconds = 300;
const rounds = 5;
const warmUps = 150;

const { database, stop } = await startBenchDatabase();
const many = 1_000_000;
const world = await createKeyParts(database, {
  accounts: { registrationsPerAddress: 10_000, sessionsPerUser: 1000 },
  keys: { keysPerUser: 10_000 },
  http: { authPerMinute: many, writePerMinute: many },
});

const person = { email: "bench@example.org", password: "correct horse battery staple" };
const post = async (url: string, as: string, body: unknown): Promise<unknown> => {
  const answer = await world.call("POST", url, { as, body });
  if (answer.statusCode >= 300) throw new Error(`${url} answered ${answer.statusCode}: ${answer.body}`);
  return answer.json();
};
const accessTokenOf = (answer: unknown): string => Tokens.parse(answer).access_token ?? "";
const session = accessTokenOf(await post("/api/auth/register", "", person));
const newAccessToken = async () => accessTokenOf(await post("/api/auth/login", "", person));
const newKey = async () =>
  CreatedApiKey.parse(
    await post("/api/v1/api-keys", session, {
      name: "bench",
      allowed_models: ["ft:*", "starter"],
      budget: { limit_usd: 5 },
    }),
  ).secret;
const bounds = {
  models: ["ft:*"],
  max_requests: 100,
  max_spend_usd: 1,
  locked: { system: "Answer in one sentence. ".repeat(40), max_tokens: 200 },
};
const tokenSchema = createClientToken.responses[201].schema;
const newClientToken = async (as: string) =>
  tokenSchema.parse(await post("/api/auth/client-token", as, bounds)).client_token;

const makers: Record<string, () => Promise<string>> = {
  "access token": newAccessToken,
  "API key": newKey,
  "client token of a key": async () => newClientToken(await newKey()),
  "client token of a session": () => newClientToken(session),
};

const quantile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? 0;
const rounded = (number: number): number => Number(number.toFixed(2));

type Check = (secret: string) => Promise<unknown>;

/** CPU time is of the whole process, over all checks; wall time of each one. */
async function measure(check: Check, secrets: readonly string[], count: number) {
  const wallUs: number[] = [];
  const statementsBefore = world.statements().length;
  const cpuBefore = process.cpuUsage();
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now();
    await check(secrets[index % secrets.length] ?? "");
    wallUs.push((performance.now() - startedMs) * 1000);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  const statements = world.statements().slice(statementsBefore);
  const readAnew = statements.filter((text) => isReadByTheClock(text)).length;
  return { cpuUs: (user + system) / count, wallUs, readAnew, statements: statements.length - readAnew };
}

const authenticatorOf = (keys: typeof world.keys): Check => {
  const authenticator = createAuthenticator(world.accounts, keys);
  return async (secret) => authenticator.authenticate({ bearer: secret });
};

const results = [];
for (const [credential, make] of Object.entries(makers)) {
  const newSecrets = async (count: number): Promise<string[]> => {
    const made: string[] = [];
    while (made.length < count) made.push(await make());
    return made;
  };
  const others = await newSecrets(warmUps);
  const secrets = await newSecrets(credentials);
  // Keys of another process, which has seen none of these; so have accounts of access tokens that were just issued.
  const keys = world.createKeys();
  const check = authenticatorOf(keys);
  // The code is warm, as in any process that serves: without this the compiler's work would be measured.
  await measure(check, others, others.length);
  const first = await measure(check, secrets, secrets.length);
  await measure(check, secrets, 2000);
  const samples = [];
  for (let round = 0; round < rounds; round += 1) {
    samples.push(await measure(check, secrets, Math.ceil(checks / rounds)));
  }
  const known = {
    cpuUs: quantile(
      samples.map(({ cpuUs }) => cpuUs),
      0.5,
    ),
    wallUs: samples.flatMap(({ wallUs }) => wallUs),
    statements: samples.reduce((sum, { statements }) => sum + statements, 0),
    readAnew: samples.reduce((sum, { readAnew }) => sum + readAnew, 0),
  };
  for (const [kind, sample] of Object.entries({ known, first })) {
    results.push({
      credential,
      check: kind,
      checks: sample.wallUs.length,
      cpuUsPerCheck: rounded(sample.cpuUs),
      wallUs: { p50: rounded(quantile(sample.wallUs, 0.5)), p99: rounded(quantile(sample.wallUs, 0.99)) },
      statements: sample.statements,
      periodicStatements: sample.readAnew,
    });
  }
  await keys.stop?.();
}

await world.close();
await stop();

const isMet = results
  .filter(({ check }) => check === "known")
  .every(({ cpuUsPerCheck, statements }) => cpuUsPerCheck <= barMicroseconds && statements === 0);
const record = {
  what: "CPU and wall time of proving one credential, and the statements that all checks together made",
  date: new Date().toISOString().slice(0, 10),
  hardware: { cpu: cpus()[0]?.model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) },
  software: { node: process.version, os: `${process.platform} ${release()}` },
  load: { checks, credentials, rounds },
  bar: { known: { cpuUsPerCheck: barMicroseconds, statements: 0 }, isMet },
  results,
};
writeFileSync(new URL("./checks.json", import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
console.table(
  results.map(({ credential, check, cpuUsPerCheck, wallUs, statements }) => ({
    credential,
    check,
    "CPU µs": cpuUsPerCheck,
    "wall p50 µs": wallUs.p50,
    "wall p99 µs": wallUs.p99,
    statements,
  })),
);
if (!isMet) process.exitCode = 1;
