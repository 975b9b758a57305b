import { describe, expect, it } from "vitest";
import * as errors from "../errors.ts";
import { providerFailure } from "../providers/provider-errors.ts";
import { faultOf, faults } from "./faults.ts";

describe("the word for an error", () => {
  it.each([
    [errors.invalidRequest("no"), "caller.invalid_request"],
    [errors.missingApiKey(), "caller.unauthenticated"],
    [errors.invalidApiKey(), "caller.unauthenticated"],
    [errors.missingScope("chat"), "caller.forbidden"],
    [errors.modelNotFound("m"), "caller.not_found"],
    [errors.modelNotAllowed("m"), "policy.model"],
    [errors.requestTooLarge(1), "caller.too_large"],
    [errors.insufficientQuota("no"), "policy.budget"],
    [errors.rateLimited({ message: "no", retryAfterSeconds: 1 }), "policy.rate_limit"],
    [errors.modelUnavailable({ message: "no" }), "gateway.unavailable"],
    [errors.internalError(new Error("x")), "gateway.internal"],
    [providerFailure({ kind: "idle-timeout", cause: 0 }), "provider.timeout"],
    [providerFailure({ kind: "unreachable", cause: 0 }), "provider.unreachable"],
    [providerFailure({ kind: "disconnected", cause: 0 }), "provider.disconnected"],
  ])("%s is %s", (error, fault) => {
    expect(faultOf(error)).toBe(fault);
  });

  it("of a provider that is not known by its code is that of the provider", () => {
    expect(faultOf({ code: "provider_something_new", status: 418 })).toBe("provider.error");
    expect(faultOf({ code: "strange", status: 599 })).toBe("provider.error");
    expect(faultOf({ code: "constructor", status: 400 })).toBe("caller.invalid_request");
  });

  it("is one of four parties", () => {
    for (const fault of faults) expect(fault).toMatch(/^(caller|policy|provider|gateway)\.[a-z_]+$/);
  });
});
