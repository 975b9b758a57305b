import { describe, expect, it } from "vitest";
import { encodeText } from "../../json.ts";
import { readError, readErrorObject } from "./read-error.ts";

const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readError({ status, headers, body: encodeText(typeof body === "string" ? body : JSON.stringify(body)) });

const retryInfo = (retryDelay: string) => ({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay });

describe("readError", () => {
  it.each([
    [400, "INVALID_ARGUMENT", 400, "invalid_request", false],
    [400, "FAILED_PRECONDITION", 502, "provider_error", false],
    [401, "UNAUTHENTICATED", 502, "provider_rejected_credentials", false],
    [403, "PERMISSION_DENIED", 502, "provider_rejected_credentials", false],
    [404, "NOT_FOUND", 502, "provider_error", false],
    [429, "RESOURCE_EXHAUSTED", 429, "provider_rate_limited", true],
    [500, "INTERNAL", 502, "provider_error", true],
    [503, "UNAVAILABLE", 503, "provider_overloaded", true],
    [504, "DEADLINE_EXCEEDED", 504, "provider_timeout", false],
    [418, "NOBODY_KNOWS", 502, "provider_error", false],
  ])("%i %s becomes %i %s", (from, name, status, code, retryable) => {
    const error = { code: from, status: name, message: "m" };
    expect(read(from, { error })).toMatchObject({ status, code, retryable });
    expect(read(from, [{ error }])).toMatchObject({ status, code, retryable });
    expect(readErrorObject(error)).toMatchObject({ status, code, retryable });
  });

  it("waits as long as the details say, or else the header", () => {
    const error = { code: 429, status: "RESOURCE_EXHAUSTED", message: "quota", details: [retryInfo("34.07s")] };
    expect(read(429, { error }, { "retry-after": "9" }).retryAfterSeconds).toBe(35);
    expect(read(429, { error: { ...error, details: [retryInfo("soon")] } }, { "retry-after": "9" })).toMatchObject({
      retryAfterSeconds: 9,
    });
    expect(read(429, { error: { ...error, details: "none" } }).retryAfterSeconds).toBeUndefined();
  });

  it("takes a wrong key for what it is, although it comes as a fault of the request, and hides its words", () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }];
    const error = read(400, {
      error: { code: 400, status: "INVALID_ARGUMENT", message: "API key not valid: AIza123", details },
    });
    expect(error).toMatchObject({ status: 502, code: "provider_rejected_credentials" });
    expect(error.message).not.toContain("AIza123");
  });

  it.each([
    ["Invalid value at 'generation_config.temperature' (TYPE_FLOAT)", "temperature"],
    ["GenerateContentRequest.generation_config.max_output_tokens: must be positive", "max_tokens"],
    ["GenerateContentRequest.generationConfig.responseJsonSchema: too deep", "response_format"],
    ["GenerateContentRequest.tools[0].function_declarations[0].name: Invalid function name.", "tools"],
    ["* GenerateContentRequest.contents: contents is not specified", "messages"],
    ["Thinking level is not supported: thinking_config", "reasoning_effort"],
    ["Unable to do it", null],
  ])("names the caller's field in %j: %s", (message, param) => {
    expect(read(400, { error: { code: 400, status: "INVALID_ARGUMENT", message } })).toMatchObject({ message, param });
  });

  it("believes the details about the field more than the message", () => {
    const details = [
      {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        fieldViolations: [{ field: "generation_config.top_k", description: "too large" }],
      },
    ];
    const error = { code: 400, status: "INVALID_ARGUMENT", message: "contents are fine", details };
    expect(read(400, { error }).param).toBe("top_k");
  });

  it.each(["<h1>db01.internal</h1>", "upstream connect error", "", "[]", "null", '{"error":"db01.internal"}'])(
    "edge case 22: shows nothing of the body %j",
    (body) => {
      const error = read(503, body);
      expect(error).toMatchObject({ status: 503, code: "provider_overloaded" });
      expect(error.message).toBe("The provider of this model is overloaded.");
    },
  );

  it("shows at most 2,000 characters of a message", () => {
    const error = read(400, { error: { status: "INVALID_ARGUMENT", message: "x".repeat(9_000) } });
    expect(error.message).toHaveLength(2_000);
  });
});
