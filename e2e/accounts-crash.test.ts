import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { listAuditEvents, verifyAuditLog } from "@llm-tuner/contract/audit.ts";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { password } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

const kills = 3;
const clients = 6;
/** Accounts that are promised before each kill; the others are in the middle of something then. */
const promisedBeforeKill = 10;

let platform: Platform;

const post = (path: string, body: unknown, token?: string): Promise<Response> =>
  fetch(new URL(path, platform.origin), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });

interface Accepted {
  email: string;
  /** Of the last answer that arrived whole. */
  refreshToken: string;
}

/** Registers and refreshes for as long as the server answers; only what was answered counts as promised. */
async function registerUntilKilled(client: string, accepted: Accepted[]): Promise<void> {
  for (let count = 0; ; count += 1) {
    const email = `${client}-${count}@example.org`;
    try {
      const registered = await post("/api/auth/register", { email, password });
      if (registered.status !== 201) throw new Error(`registering answered ${registered.status}`);
      const person = { email, refreshToken: Tokens.parse(await registered.json()).refresh_token };
      accepted.push(person);
      for (let times = 0; times < 3; times += 1) {
        const refreshed = await post("/api/auth/refresh", { refresh_token: person.refreshToken });
        person.refreshToken = Tokens.parse(await refreshed.json()).refresh_token;
      }
    } catch (error) {
      // The connection broke: whatever became of this call, nobody was told.
      if (error instanceof TypeError) return;
      throw error;
    }
  }
}

async function mailedAddresses(): Promise<Set<string>> {
  const folder = join(platform.dataDir, "outbox");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".txt"));
  const mails = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return new Set(mails.flatMap((mail) => /^To: (\S+)$/m.exec(mail)?.[1] ?? []));
}

const accepted: Accepted[] = [];

beforeAll(async () => {
  platform = await Platform.start({
    REGISTRATIONS_PER_ADDRESS: "100000",
    RATE_LIMIT_AUTH_PER_MINUTE: "1000000",
    // A client whose reply was lost comes back later here than it does in life.
    REFRESH_TOKEN_GRACE_SECONDS: "60",
  });
  for (let kill = 0; kill < kills; kill += 1) {
    const working = Array.from({ length: clients }, (_, index) => registerUntilKilled(`p${kill}-${index}`, accepted));
    const enough = accepted.length + promisedBeforeKill;
    while (accepted.length < enough) await delay(5);
    await platform.end("SIGKILL");
    await Promise.all(working);
    await platform.startProcess();
  }
});

afterAll(() => platform.dispose());

describe("a server that is killed again and again while people register", () => {
  it("keeps every session that it promised: its last token goes on", async () => {
    expect(accepted.length).toBeGreaterThanOrEqual(kills * promisedBeforeKill);
    for (const person of accepted) {
      const answer = await post("/api/auth/refresh", { refresh_token: person.refreshToken });
      expect(answer.status, person.email).toBe(200);
    }
  });

  it("keeps every account that it promised, and none twice", async () => {
    for (const { email } of accepted) {
      expect((await post("/api/auth/login", { email, password })).status, email).toBe(200);
      expect((await post("/api/auth/register", { email, password })).status, email).toBe(409);
    }
  });

  it("sends every mail that it promised", async () => {
    const missing = async (): Promise<string[]> => {
      const mailed = await mailedAddresses();
      return accepted.map(({ email }) => email).filter((email) => !mailed.has(email));
    };
    for (let tries = 0; tries < 60 && (await missing()).length > 0; tries += 1) await delay(1000);
    expect(await missing()).toEqual([]);
  });

  it("SEC-40: has an audit log without gap, with an entry for each account", async () => {
    const tokens = Tokens.parse(
      await (await post("/api/auth/register", { email: "admin@example.org", password })).json(),
    );
    const [, setupToken] = (await platform.setupUrl()).split("#token=");
    expect((await post("/api/auth/setup", { setup_token: setupToken }, tokens.access_token)).status).toBe(200);
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const verified = await fetch(new URL("/api/admin/audit/verify", platform.origin), { headers });
    expect(verifyAuditLog.responses[200].schema.parse(await verified.json())).toMatchObject({
      intact: true,
      faults: [],
    });
    let registered = 0;
    let cursor: string | null = "";
    while (cursor !== null) {
      const query = new URLSearchParams({ action: "account.registered", limit: "100", ...(cursor && { cursor }) });
      const answer = await fetch(new URL(`/api/admin/audit?${query.toString()}`, platform.origin), { headers });
      const page = listAuditEvents.responses[200].schema.parse(await answer.json());
      registered += page.events.length;
      cursor = page.next_cursor;
    }
    // Beside the promised ones there may be some whose answer was lost.
    expect(registered).toBeGreaterThan(accepted.length);
  });
});
