import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { runCommand } from "../testing/command-process.ts";
import { type ServerProcess, startServerProcess } from "../testing/server-process.ts";

let root = "";
const started: ServerProcess[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "llm-tuner-commands-"));
  await chmod(root, 0o711);
});
async function stopAll(): Promise<void> {
  for (const { child, exit } of started.splice(0)) {
    child.kill("SIGTERM");
    await exit;
  }
}
afterAll(async () => {
  await stopAll();
  await rm(root, { recursive: true, force: true });
});

type Settings = Readonly<Record<string, string>>;
async function start(settings: Settings): Promise<string> {
  const server = startServerProcess({ LOG_LEVEL: "warn", ...settings });
  started.push(server);
  return server.ready;
}

const post = (base: string, path: string, body: unknown, token?: string) =>
  fetch(new URL(path, base), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
const register = async (base: string, email: string) => {
  const credentials = { email, password: "correct horse battery staple" };
  return Tokens.parse(await (await post(base, "/api/auth/register", credentials)).json());
};
const refresh = async (base: string, { refresh_token }: Tokens) =>
  Tokens.parse(await (await post(base, "/api/auth/refresh", { refresh_token })).json());
const meStatus = async (base: string, headers: Record<string, string>) =>
  (await fetch(new URL("/api/auth/me", base), { headers })).status;
const bearer = ({ access_token }: Tokens) => ({ authorization: `Bearer ${access_token}` });
const kidOf = ({ access_token }: Tokens) => Buffer.from(access_token.split(".")[0] ?? "", "base64url").toString();

describe("the command line", () => {
  it("lists the commands and explains each", async () => {
    const list = await runCommand(["--help"], {});
    expect(list.code).toBe(0);
    const names = [
      "rotate-signing-keys",
      "rotate-master-key",
      "verify-audit",
      "setup-token",
      "check-usage",
      "rebuild-usage",
    ];
    for (const name of names) {
      expect(list.output).toContain(`  ${name} `);
      const help = await runCommand([name, "--help"], {});
      expect([help.code, help.output.split("\n")[0]]).toEqual([0, `npm run admin -- ${name}`]);
    }
  });

  it.each([
    [[], "Which command?"],
    [["dance"], 'Unknown command "dance".'],
    [["verify-audit", "now"], 'verify-audit takes nothing more, but was given "now".'],
    [["verify-audit", "--force"], "Unknown option '--force'"],
  ])("refuses %j with 64 and the list", async (parameters, sentence) => {
    const { code, output, errors } = await runCommand(parameters, {});
    expect([code, output]).toEqual([64, ""]);
    expect(errors).toContain(sentence);
    expect(errors).toContain("Usage: npm run admin -- <command>");
  });

  it("begins no installation where there is none, and names settings that do not hold", async () => {
    const dataDir = join(root, "nothing");
    const refused = await runCommand(["verify-audit"], { DATA_DIR: dataDir });
    expect(refused).toMatchObject({ code: 1, output: "" });
    expect(refused.errors).toMatch(/^There is no installation in .*nothing\.\nStart the server once/);
    expect(existsSync(dataDir)).toBe(false);
    expect(await runCommand(["verify-audit"], { DATA_DIR: dataDir, PORT: "http" })).toMatchObject({ code: 78 });
  });
});

describe("an installation with the embedded database and its own key", () => {
  // One story: the tests follow each other on the same installation.
  const settings = () => ({ DATA_DIR: join(root, "embedded") });
  const keyFile = () => join(root, "embedded", "secrets", "master.key");
  const keys = async () => (await readFile(keyFile(), "utf8")).trim().split("\n");
  let url = "";
  let tokens: Tokens;
  let apiKey = { "x-api-key": "" };

  it("prints the link of the first administrator while the server runs", async () => {
    url = await start(settings());
    const { code, output } = await runCommand(["setup-token"], { ...settings(), PUBLIC_URL: "https://tuner.test" });
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^https:\/\/tuner\.test\/setup#token=setup_[\w-]{43}\n$/),
    ]);
    expect(started[0]?.output()).toContain(output.trim().split("#")[1]);
  });

  it("SEC-12: rotates the signing keys of a server that runs, and nobody is signed out", async () => {
    tokens = await register(url, "ada@example.org");
    const { code, output } = await runCommand(["rotate-signing-keys"], settings());
    expect([code, output.trim().split("\n").length]).toEqual([0, 3]);
    const renewed = await refresh(url, tokens);
    expect(await meStatus(url, bearer(tokens))).toBe(200);
    expect(await meStatus(url, bearer(renewed))).toBe(200);
    expect(kidOf(renewed)).not.toBe(kidOf(tokens));
    expect(output).toContain(`${JSON.parse(kidOf(renewed)).kid}  EdDSA  signing`);
    tokens = renewed;
  });

  it("SEC-37: brings everything under a new master key while the server runs", async () => {
    const created = await post(url, "/api/v1/api-keys", { name: "mine", scopes: ["chat"] }, tokens.access_token);
    apiKey = { "x-api-key": CreatedApiKey.parse(await created.json()).secret };
    const [old] = await keys();
    const { code, output } = await runCommand(["rotate-master-key"], settings());
    expect([code, output]).toEqual([0, expect.stringContaining("run this once more in 3 minutes to drop it")]);
    expect(await keys()).toEqual([expect.not.stringMatching(old ?? ""), old]);
    tokens = await refresh(url, tokens);
    expect(await meStatus(url, bearer(tokens))).toBe(200);
    const other = await register(url, "bob@example.org");
    expect(await meStatus(url, bearer(await refresh(url, other)))).toBe(200);
  });

  it("SEC-37: drops the former key when nothing is under it and nobody can be writing under it", async () => {
    const early = await runCommand(["rotate-master-key"], settings());
    expect([early.code, early.output]).toEqual([0, expect.stringMatching(/^0 stored secrets .*\n.*is kept in/)]);
    expect(await keys()).toHaveLength(2);
    const longAgo = new Date(Date.now() - 600_000);
    await utimes(keyFile(), longAgo, longAgo);
    const late = await runCommand(["rotate-master-key"], settings());
    expect([late.code, late.output]).toEqual([0, expect.stringContaining("The former key is dropped")]);
    expect(await keys()).toHaveLength(1);
    tokens = await refresh(url, tokens);
    expect(await meStatus(url, bearer(tokens))).toBe(200);
  });

  it("SEC-37: changes the key at once while no server runs, and sessions and API keys outlive it", async () => {
    await stopAll();
    const before = await keys();
    const { code, output } = await runCommand(["rotate-master-key"], settings());
    expect([code, output]).toEqual([0, expect.stringContaining("The former key is dropped")]);
    expect(await keys()).not.toEqual(before);
    const verified = await runCommand(["verify-audit"], settings());
    expect([verified.code, verified.output]).toEqual([
      0,
      expect.stringMatching(/entries were checked; the log is intact/),
    ]);
    url = await start(settings());
    tokens = await refresh(url, tokens);
    const secret = apiKey["x-api-key"];
    const wrong = { "x-api-key": secret.slice(0, -1) + (secret.endsWith("x") ? "y" : "x") };
    const models = (headers: Record<string, string>) => fetch(new URL("/v1/models", url), { headers });
    expect([(await models(wrong)).status, (await models(apiKey)).status]).toEqual([401, 403]);
    await stopAll();
  });
});

describe("an installation with a database and a key of its own", () => {
  const [old, young] = ["0f".repeat(32), "1e".repeat(32)];
  afterEach(stopAll);

  it("SEC-37: goes from the one key to the other without a moment in which nobody is answered", async () => {
    const { url: databaseUrl, database, drop } = await createTestDatabase();
    const common = { DATABASE_URL: databaseUrl, PROCESS_MODE: "web" };
    const server = (name: string, keys: Settings) => start({ ...common, ...keys, DATA_DIR: join(root, name) });
    const both = { SECRET_KEY: young, SECRET_KEY_PREVIOUS: old };
    const first = await server("first", { SECRET_KEY: old, SECRET_KEY_PREVIOUS: young });
    let tokens = await register(first, "ada@example.org");

    const alone = await runCommand(["rotate-master-key"], { ...common, SECRET_KEY: old });
    expect([alone.code, alone.output]).toEqual([1, expect.stringContaining("Nothing was changed.")]);
    const second = await server("second", both);
    const rotated = await runCommand(["rotate-master-key"], { ...common, ...both });
    expect([rotated.code, rotated.output]).toEqual([0, expect.stringContaining("remove SECRET_KEY_PREVIOUS")]);
    for (const base of [first, second]) tokens = await refresh(base, tokens);
    // The first server wrote nothing meanwhile; a session made there is brought over by running it again.
    await register(first, "bob@example.org");
    expect((await runCommand(["rotate-master-key"], { ...common, ...both })).output).toMatch(/^[1-9]\d* stored/);
    await stopAll();
    const third = await server("third", { SECRET_KEY: young });
    tokens = await refresh(third, tokens);
    expect(await meStatus(third, bearer(tokens))).toBe(200);

    const refused = startServerProcess({ ...common, SECRET_KEY: old, DATA_DIR: join(root, "fourth") });
    expect(await refused.exit).toMatchObject({ code: 1 });
    expect(refused.output()).toMatch(/^The master key does not fit this database\. .*\nSet SECRET_KEY to the key/);
    expect(refused.output()).not.toMatch(/\n\s+at |0f0f/);
    await stopAll();
    await database.execute("alter table audit_events disable trigger user");
    await database.execute("update audit_events set details = '{}' where sequence = 2");
    const tampered = await runCommand(["verify-audit"], {
      ...common,
      SECRET_KEY: young,
      DATA_DIR: join(root, "third"),
    });
    expect([tampered.code, tampered.output]).toEqual([
      1,
      expect.stringMatching(/^Entry 2: \w+\.\n(.*\n)*.*NOT intact/),
    ]);
    await drop();
  });
});

describe("the usage of an installation", () => {
  it("is compared with itself, and its sums are made anew, while a server runs", async () => {
    const { url: DATABASE_URL, database, drop } = await createTestDatabase();
    const settings = { DATABASE_URL, SECRET_KEY: "2d".repeat(32), DATA_DIR: join(root, "usage") };
    await start(settings);
    expect(await runCommand(["check-usage"], settings)).toMatchObject({
      code: 0,
      output: expect.stringContaining("fit together"),
    });
    await database.execute(`
      insert into users (id, email, password_hash, created_at) values ('user_0', 'ada@example.org', 'x', now());
      insert into usage_requests (request_id, user_id, model, price_model, provider, operation, stream, usage_source,
        policy, cost_nano_usd, outcome, latency_ms, started_at, created_at)
      values ('req_0', 'user_0', 'm', 'm', 'tuned', 'chat/completions', false, 'reported', 'reported', 0, 'completed', 1, now(), now())`);
    expect(await runCommand(["check-usage"], settings)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^1 hours whose sums are not those of their requests, such as .* user_0 m\.$/m),
    });
    expect(await runCommand(["rebuild-usage"], settings)).toMatchObject({
      code: 0,
      output: expect.stringContaining("1 sums were made."),
    });
    expect((await runCommand(["check-usage"], settings)).code).toBe(0);
    await stopAll();
    await drop();
  });
});
