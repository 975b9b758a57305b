import { describe, expect, it } from "vitest";
import { encodeJson, encodeText, type JsonObject } from "../../json.ts";
import { readError, readErrorObject } from "./read-error.ts";

const body = (type: string, message: string, details?: JsonObject) => ({
  type: "error",
  error: { type, message, ...(details === undefined ? {} : { details }) },
  request_id: "req_up",
});
const read = (status: number, value: JsonObject, headers: Record<string, string> = {}) =>
  readError({ status, headers, body: encodeJson(value) });

describe("an error of Anthropic", () => {
  it.each([
    [400, "invalid_request_error", 400, "invalid_request", false],
    [401, "authentication_error", 502, "provider_rejected_credentials", false],
    [402, "billing_error", 503, "provider_quota_exhausted", false],
    [403, "permission_error", 502, "provider_rejected_credentials", false],
    [404, "not_found_error", 502, "provider_error", false],
    [413, "request_too_large", 413, "invalid_request", false],
    [429, "rate_limit_error", 429, "provider_rate_limited", true],
    [500, "api_error", 502, "provider_error", true],
    [504, "timeout_error", 504, "provider_timeout", false],
    [529, "overloaded_error", 503, "provider_overloaded", true],
  ])("%i %s becomes %i %s, in a stream as well", (from, type, status, code, retryable) => {
    expect(read(from, body(type, "m"))).toMatchObject({ status, code, retryable });
    expect(readErrorObject(body(type, "m"))).toMatchObject({ status, code, retryable });
  });

  it("says the provider's own words and the field where the request is at fault", () => {
    const message = "messages.1.content.0: expected a tool_result";
    expect(read(400, body("invalid_request_error", message))).toMatchObject({ message, param: "messages" });
    expect(read(400, body("invalid_request_error", "prompt is too long"))).toMatchObject({ param: null });
  });

  it.each([
    [429, body("rate_limit_error", "Enforced.", { error_code: "enforced_spend_limit_reached" })],
    [429, body("rate_limit_error", "Contract.", { error_code: "contract_spend_limit_reached" })],
    [400, body("invalid_request_error", "Your credit balance is too low to access the Anthropic API.")],
    [400, body("invalid_request_error", "You have reached your specified API usage limits.")],
    [402, body("billing_error", "Pay.")],
  ])(
    "%i with %j is a limit of the installation's money: never tried again there, and none of the caller's affair",
    (status, value) => {
      const error = read(status, value, { "retry-after": "5" });
      expect(error).toMatchObject({ status: 503, code: "provider_quota_exhausted", retryable: false });
      expect(error.retryAfterSeconds).toBeUndefined();
      expect(error.message).not.toContain(value.error.message);
      expect(error.cause).toBe(value.error.message);
    },
  );

  it("passes the time to wait on", () => {
    expect(read(429, body("rate_limit_error", "slow"), { "retry-after": "7" }).retryAfterSeconds).toBe(7);
  });

  it("edge case 22: shows nothing of a body that is not JSON, and nothing about the gateway's own key", () => {
    const html = readError({ status: 500, headers: {}, body: encodeText("<h1>db01.internal</h1>") });
    expect([html.status, html.message.includes("db01")]).toEqual([502, false]);
    const key = read(401, body("authentication_error", "invalid x-api-key sk-ant-1"));
    expect([key.message.includes("sk-ant"), key.cause]).toEqual([false, "invalid x-api-key sk-ant-1"]);
  });
});
