import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { SettingsError } from "../platform/config/read-settings.ts";
import { startFakeSecretsManager } from "../platform/config/testing/fake-secrets-manager.ts";
import { gatherSettings } from "./environment.ts";

const key = "0f".repeat(32);
const databaseUrl = "postgresql://app:hunter2@localhost/app";
const fake = await startFakeSecretsManager({
  both: JSON.stringify({ SECRET_KEY: key, DATABASE_URL: databaseUrl, PORT: 5005 }),
  odd: JSON.stringify({ SECRET_KEYS: key }),
});
const root = await mkdtemp(join(tmpdir(), "llm-tuner-settings-"));
const keyFile = join(root, "key");
beforeEach(async () => {
  await writeFile(keyFile, `\n${key}\n`, { mode: 0o600 });
  await chmod(keyFile, 0o600);
});
afterAll(async () => {
  await fake.stop();
  await rm(root, { recursive: true, force: true });
});

const aws = {
  AWS_REGION: "eu-central-1",
  AWS_ENDPOINT_URL: fake.url,
  AWS_ACCESS_KEY_ID: "AKIDTEST",
  AWS_SECRET_ACCESS_KEY: "x",
};
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

async function faultsOf(environment: Record<string, string>): Promise<readonly string[]> {
  const error: unknown = await gatherSettings(environment).catch((reason: unknown) => reason);
  if (!(error instanceof SettingsError)) throw new Error("The settings were not refused.", { cause: error });
  expect(error.message).not.toMatch(/hunter2|0f0f/);
  return error.faults;
}

describe("a secret setting", () => {
  it("may lie in a file, without the space around it", async () => {
    const { server } = await gatherSettings({
      SECRET_KEY_FILE: keyFile,
      PRODUCTION: "true",
      PUBLIC_URL: "https://x.test",
    });
    expect(hex(server.secretKey)).toBe(key);
  });

  it("may lie in a file only when it is a secret", async () => {
    expect((await gatherSettings({ PORT_FILE: "/nonexistent" })).server.port).toBe(5000);
  });

  it("may come from AWS Secrets Manager, with other settings", async () => {
    const { server } = await gatherSettings({ ...aws, AWS_SECRETS_MANAGER_SECRET_ID: "both" });
    expect([hex(server.secretKey), server.databaseUrl, server.port]).toEqual([key, databaseUrl, 5005]);
  });

  it("is not asked of AWS when no secret is named", async () => {
    fake.asked.splice(0);
    await gatherSettings(aws);
    expect(fake.asked).toEqual([]);
  });
});

describe("settings from several sources", () => {
  it("are refused when two say the same, both named and none shown", async () => {
    const named = { ...aws, AWS_SECRETS_MANAGER_SECRET_ID: "both" };
    expect(await faultsOf({ SECRET_KEY: key, SECRET_KEY_FILE: keyFile })).toEqual([
      "SECRET_KEY is given twice: by the environment and by the file that SECRET_KEY_FILE names. Keep one.",
    ]);
    expect(await faultsOf({ ...named, PORT: "5005", SECRET_KEY_FILE: keyFile })).toEqual([
      "SECRET_KEY is given twice: by the file that SECRET_KEY_FILE names and by the secret of AWS Secrets Manager. Keep one.",
      "PORT is given twice: by the environment and by the secret of AWS Secrets Manager. Keep one.",
    ]);
  });

  it("are refused when a file cannot be read, is empty, or is not named from the root", async () => {
    const empty = join(root, "empty");
    await writeFile(empty, " \n");
    const missing = join(root, "missing");
    expect(await faultsOf({ SECRET_KEY_FILE: missing, DATABASE_URL_FILE: empty })).toEqual([
      `DATABASE_URL_FILE names ${empty}, which is empty.`,
      `SECRET_KEY_FILE names ${missing}, which cannot be read (ENOENT).`,
    ]);
    expect(await faultsOf({ SECRET_KEY_FILE: "key" })).toEqual([
      'SECRET_KEY_FILE is "key", which is not an absolute path.',
    ]);
  });

  it("are refused in production when every user of the machine may read the file", async () => {
    await chmod(keyFile, 0o644);
    const environment = { SECRET_KEY_FILE: keyFile, PUBLIC_URL: "https://x.test" };
    expect(await faultsOf({ ...environment, PRODUCTION: "true" })).toEqual([
      `SECRET_KEY_FILE names ${keyFile}, which every user of this machine may read. Take that right away: chmod o-r ${keyFile}`,
    ]);
    expect(hex((await gatherSettings(environment)).server.secretKey)).toBe(key);
  });

  it("are refused with the variable's name when the value does not hold, wherever it came from", async () => {
    await writeFile(keyFile, "hunter2");
    expect(await faultsOf({ SECRET_KEY_FILE: keyFile })).toEqual([
      expect.stringMatching(/^SECRET_KEY has a value that is not valid/),
    ]);
    expect(await faultsOf({ ...aws, AWS_SECRETS_MANAGER_SECRET_ID: "odd" })).toEqual([
      'The secret "odd" of AWS Secrets Manager names SECRET_KEYS, which is not a setting.',
    ]);
  });
});
