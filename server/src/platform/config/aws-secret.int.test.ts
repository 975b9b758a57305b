import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { readAwsSecret } from "./aws-secret.ts";
import { StartupError } from "./startup-error.ts";
import { refusal, startFakeSecretsManager } from "./testing/fake-secrets-manager.ts";

const secrets = {
  "tuner/production": JSON.stringify({ SECRET_KEY: "hunter2", PORT: 5001, PRODUCTION: true }),
  "not json": "hunter2",
  "not an object": JSON.stringify(["hunter2"]),
  nested: JSON.stringify({ SECRET_KEY: { value: "hunter2" } }),
};
const fake = await startFakeSecretsManager(secrets);
afterAll(() => fake.stop());
beforeEach(() => {
  fake.asked.splice(0);
  fake.next.splice(0);
});

const environment = {
  AWS_REGION: "eu-central-1",
  AWS_ENDPOINT_URL: fake.url,
  AWS_ACCESS_KEY_ID: "AKIDTEST",
  AWS_SECRET_ACCESS_KEY: "not-a-key",
};
const read = (secretId: string, changed: Record<string, string> = {}, timeoutMs = 10_000) =>
  readAwsSecret({ secretId, environment: { ...environment, ...changed }, timeoutMs });

/** The one sentence for the person; nothing of it or of its remedy shows a value. */
async function refusalOf(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.catch((reason: unknown) => reason);
  if (!(error instanceof StartupError)) throw new Error("It was not refused for the person to mend.", { cause: error });
  expect(`${error.message} ${error.remedy}`).not.toMatch(/hunter2|not-a-key|\n/);
  return error.message;
}

describe("a secret of AWS Secrets Manager", () => {
  it("is read with the given credentials, in one request, as settings by name", async () => {
    expect(await read("tuner/production")).toEqual({ SECRET_KEY: "hunter2", PORT: "5001", PRODUCTION: "true" });
    expect(fake.asked).toEqual([{ secretId: "tuner/production", accessKeyId: "AKIDTEST" }]);
  });

  it.each([
    [
      "that does not exist",
      "other",
      /^The secret "other" .* cannot be used: there is no such secret in this region\.$/,
    ],
    ["that is not JSON", "not json", /its value is not JSON\.$/],
    ["that is not an object", "not an object", /not a JSON object of texts by name\.$/],
    ["with values that are no texts", "nested", /not a JSON object of texts by name\.$/],
  ])("%s is refused in one sentence", async (_name, secretId, sentence) => {
    expect(await refusalOf(read(secretId))).toMatch(sentence);
  });

  it("that may not be read is refused in one sentence, without AWS's own words", async () => {
    fake.next.push(refusal("AccessDeniedException"));
    expect(await refusalOf(read("tuner/production"))).toMatch(/these credentials may not read it\.$/);
    expect(fake.asked).toHaveLength(1);
  });

  it("is asked for again when AWS is busy, and given up when it stays so", async () => {
    fake.next.push(refusal("ThrottlingException"));
    expect(await read("tuner/production")).toMatchObject({ PORT: "5001" });
    expect(fake.asked).toHaveLength(2);
    for (let tries = 0; tries < 5; tries += 1) fake.next.push(refusal("ThrottlingException"));
    expect(await refusalOf(read("tuner/production"))).toMatch(/too many requests\.$/);
  });

  it("is given up after a time, also when an answer has begun", async () => {
    fake.next.push(() => undefined);
    expect(await refusalOf(read("tuner/production", {}, 200))).toMatch(/does not answer within 0\.2 seconds\.$/);
    fake.next.push((response) => void response.writeHead(200).write('{"Secret'));
    expect(await refusalOf(read("tuner/production", {}, 200))).toMatch(/does not answer within 0\.2 seconds\.$/);
  });

  it("is refused when AWS cannot be reached, or answers something else", async () => {
    const away = read("tuner/production", { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
    expect(await refusalOf(away)).toMatch(/AWS cannot be asked \(ECONNREFUSED\)\.$/);
    fake.next.push((response) => void response.writeHead(200).end("<html>hunter2</html>"));
    expect(await refusalOf(read("tuner/production"))).toMatch(/cannot be used: /);
    fake.next.push((response) => void response.writeHead(200).end("{}"));
    expect(await refusalOf(read("tuner/production"))).toMatch(/its value is not text\.$/);
  });
});
