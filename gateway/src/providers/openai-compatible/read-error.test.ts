import { describe, expect, it } from "vitest";
import { encodeText } from "../../json.ts";
import { readError, readErrorObject } from "./read-error.ts";

const read = (status: number, body: string, headers: Record<string, string> = {}) =>
  readError({ status, headers, body: encodeText(body) });

describe("readError", () => {
  // Every status of a provider, and what it means for the client: status, code, retry.
  it.each([
    [301, 502, "provider_error", false],
    [400, 400, "invalid_request", false],
    [401, 502, "provider_rejected_credentials", false],
    [402, 502, "provider_error", false],
    [403, 502, "provider_rejected_credentials", false],
    [404, 502, "provider_error", false],
    [408, 504, "provider_timeout", false],
    [413, 413, "invalid_request", false],
    [422, 422, "invalid_request", false],
    [429, 429, "provider_rate_limited", true],
    [500, 502, "provider_error", true],
    [502, 502, "provider_error", true],
    [503, 503, "provider_overloaded", true],
    [504, 504, "provider_timeout", false],
    [529, 503, "provider_overloaded", true],
  ])("%i becomes %i", (from, status, code, retryable) => {
    expect(read(from, "{}")).toMatchObject({ status, code, retryable });
  });

  it.each([
    ["OpenAI", '{"error":{"message":"too long","param":"messages","code":"context_length_exceeded"}}'],
    ["an error that is text", '{"error":"too long"}'],
    ["an error at the top", '{"object":"error","message":"too long","code":400}'],
    ["FastAPI", '{"detail":"too long"}'],
  ])("finds the message as %s writes it", (_name, body) => {
    expect(read(400, body).message).toBe("too long");
  });

  it.each([
    [
      "Rate limit reached for gpt-4o in organization org-Ab12Cd34Ef56 on tokens per min.",
      "organization org-… on tokens",
    ],
    ["Project `proj_9aB8cD7eF6g5` does not have access to model `gpt-5`", "Project `proj_…` does not have"],
    ["Quota exceeded for consumer 'project_number:123456789'.", "consumer 'project_number:…'."],
    ["Incorrect value sk-proj-Ab12Cd34Ef56Gh78 in the header", "value sk-… in the header"],
  ])("tells nobody whose account it is: %s", (message, told) => {
    for (const status of [400, 429, 500]) {
      expect(read(status, JSON.stringify({ error: { message } })).message).toContain(told);
      expect(read(status, JSON.stringify({ error: { message } })).cause).toBe(message);
    }
  });

  it("leaves the caller's own words as they are", () => {
    const message = "Invalid value 'org-wide' of messages[0].sk_id; use proj_name.";
    expect(read(400, JSON.stringify({ error: { message } })).message).toBe(message);
  });

  it("keeps the code and the field of a refused request, and its own code for the provider's faults", () => {
    const body = '{"error":{"message":"m","param":"messages","code":"context_length_exceeded"}}';
    expect(read(400, body)).toMatchObject({ param: "messages", code: "context_length_exceeded" });
    expect(read(500, body)).toMatchObject({ param: null, code: "provider_error", message: "m" });
  });

  it.each(["a\u0000b", "x".repeat(101), "two words", "a\r\nb", 7])(
    "takes %j for no code, since codes are recorded",
    (code) => {
      expect(read(400, JSON.stringify({ error: { message: "m", code } })).code).toBe("invalid_request");
    },
  );

  it("shows nothing of a body that is not JSON, and at most 2,000 characters of a message", () => {
    expect(read(500, "<h1>db01.internal</h1>").message).not.toContain("db01");
    expect(read(400, JSON.stringify({ error: { message: "x".repeat(9_000) } })).message).toHaveLength(2_000);
  });

  it("never shows the message about the gateway's own credentials, but keeps it for the log", () => {
    const error = read(401, '{"error":{"message":"Incorrect key sk-123"}}');
    expect(error.message).not.toContain("sk-123");
    expect(error.cause).toBe("Incorrect key sk-123");
  });

  it("does not take the empty account of the gateway at OpenAI for a limit of the caller's", () => {
    const error = read(429, '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}');
    expect(error).toMatchObject({ status: 502, code: "provider_rejected_credentials", retryable: false });
    expect(error.message).toContain("no credit");
    expect(error.cause).toBe("You exceeded your current quota");
  });

  it("takes a waiting time in milliseconds before one in seconds", () => {
    expect(read(429, "{}", { "retry-after": "2", "retry-after-ms": "1250.5" }).retryAfterSeconds).toBe(1.2505);
    expect(read(429, "{}", { "retry-after": "2", "retry-after-ms": "-1" }).retryAfterSeconds).toBe(2);
  });

  it("takes a waiting time in seconds and ignores anything else", () => {
    expect(read(429, "{}", { "retry-after": "5" }).retryAfterSeconds).toBe(5);
    for (const value of ["-1", "soon", "99999999", "1.5"]) {
      expect(read(429, "{}", { "retry-after": value }).retryAfterSeconds).toBeUndefined();
    }
  });
});

describe("readErrorObject", () => {
  it.each([
    [{ error: { message: "m", code: 400 } }, 400],
    [{ error: { message: "m", code: "404" } }, 502],
    [{ error: { message: "m", status: 503 } }, 503],
    [{ error: { message: "m", type: "invalid_request_error" } }, 400],
    [{ error: { message: "m", type: "rate_limit_error", code: "x" } }, 429],
    [{ error: { message: "m", type: "overloaded_error" } }, 503],
    [{ error: { message: "m", code: 200 } }, 502],
    [{ error: "m" }, 502],
    [{ message: "m", code: 429 }, 429],
  ])("reads the status out of %j", (body, status) => {
    expect(readErrorObject(body)).toMatchObject({ status, message: "m" });
  });
});
