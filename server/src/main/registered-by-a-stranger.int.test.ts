import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createComposedServer } from "./testing/composed-server.ts";
import { createPerson, type Person } from "./testing/people.ts";
import { until } from "../platform/testing/until.ts";

const server = await createComposedServer();
const { app, dataDir } = server;
afterAll(server.close);
await server.work("accounts");

/** The token of the newest link for a new password that was mailed to an address. */
const resetToken = (email: string): Promise<string> =>
  until(async () => {
    const folder = join(dataDir, "outbox");
    const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith(".txt"));
    const mails = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    const links = mails
      .filter((mail) => mail.includes(`To: ${email}\n`))
      .flatMap((mail) => /reset-password#token=(\S+)/.exec(mail)?.[1] ?? []);
    return links.at(-1);
  });

async function resetPassword(email: string): Promise<void> {
  await app.inject({ method: "POST", url: "/api/auth/reset-password", payload: { email } });
  const payload = { token: await resetToken(email), new_password: "the owner's own long password" };
  expect((await app.inject({ method: "POST", url: "/api/auth/reset-password-confirm", payload })).statusCode).toBe(200);
}

const statusWith = async (headers: Record<string, string>): Promise<number> =>
  (await app.inject({ url: "/api/files", headers })).statusCode;

async function withKey(email: string): Promise<{ person: Person; key: Record<string, string> }> {
  const person = await createPerson(app, email);
  const key = await person.keyWith(["files:read"]);
  expect(await statusWith(key)).toBe(200);
  return { person, key };
}

describe("an account that somebody registered with another person's address", () => {
  it("SEC-07: lets nobody in any more who came before its owner, neither by session nor by API key", async () => {
    const { person, key } = await withKey("victim@example.org");
    await resetPassword(person.email);
    await until(async () => (await statusWith(key)) === 401);
    expect(await statusWith(person.session)).toBe(401);
  });

  it("keeps the keys of somebody whose address was verified before, who only forgot the password", async () => {
    const { person, key } = await withKey("owner@example.org");
    await server.database.execute("update users set email_verified_at = now() where id = $1", [person.userId]);
    await resetPassword(person.email);
    expect(await statusWith(person.session)).toBe(401);
    expect(await statusWith(key)).toBe(200);
  });
});
