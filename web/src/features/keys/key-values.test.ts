import type { ApiKey } from "@llm-tuner/contract/api-keys.ts";
import { CreateApiKeyRequest, UpdateApiKeyRequest } from "@llm-tuner/contract/api-keys.ts";
import { describe, expect, it } from "vitest";
import { KeyValues, emptyKey, requestOf, valuesOf } from "./key-values.ts";

const present: ApiKey = {
  id: "key_4YtAbCdEfGhIjKlMnOpQrS",
  name: "Shop website",
  prefix: "lp_live_abc",
  scopes: ["chat"],
  allowed_models: ["starter", "ft:*"],
  budget: { limit_usd: 2.5, period: "total" },
  spent_usd: 0,
  tier: "team-large",
  family_id: "key_4YtAbCdEfGhIjKlMnOpQrS",
  replaced_by: null,
  created_at: "2026-11-21T10:00:00.000Z",
  expires_at: "2026-12-24T10:11:12.000Z",
  last_used_at: null,
  revoked_at: null,
};

describe("the form of a key", () => {
  it("asks for no bounds when its fields are empty", () => {
    const request = requestOf({ ...emptyKey, name: "Shop" });
    expect(request).toEqual({
      name: "Shop",
      scopes: ["chat", "models:read"],
      expires_at: null,
      allowed_models: null,
      budget: null,
    });
    expect(CreateApiKeyRequest.safeParse(request).success).toBe(true);
  });

  it("reads models by line or comma, and lets a key work on its last day", () => {
    const request = requestOf({
      ...emptyKey,
      name: "Shop",
      models: "starter, ft:*\n\n other ",
      limitUsd: "10",
      lastDay: "2027-01-31",
      tier: "team-large",
    });
    expect(request).toMatchObject({
      allowed_models: ["starter", "ft:*", "other"],
      budget: { limit_usd: 10, period: "month" },
      tier: "team-large",
    });
    expect(Date.parse(request.expires_at ?? "")).toBe(new Date("2027-01-31T23:59:59").getTime());
    expect(CreateApiKeyRequest.safeParse(request).success).toBe(true);
  });

  it("changes neither the exact end nor the tier of a key that is saved as it was", () => {
    const request = requestOf(valuesOf(present), present);
    expect(request).toEqual({
      name: "Shop website",
      scopes: ["chat"],
      allowed_models: ["starter", "ft:*"],
      budget: { limit_usd: 2.5, period: "total" },
    });
    expect(UpdateApiKeyRequest.safeParse(request).success).toBe(true);
  });

  it("takes bounds away by null", () => {
    const values = { ...valuesOf(present), lastDay: "", models: " ", limitUsd: "", tier: "" };
    expect(requestOf(values, present)).toMatchObject({
      expires_at: null,
      allowed_models: null,
      budget: null,
      tier: null,
    });
  });

  it.each([
    [{ name: " " }, "name"],
    [{ scopes: [] }, "scopes"],
    [{ limitUsd: "-1" }, "limitUsd"],
    [{ limitUsd: "ten" }, "limitUsd"],
    [{ limitUsd: "0.0000000001" }, "limitUsd"],
    [{ models: "a".repeat(201) }, "models"],
    [{ lastDay: "tomorrow" }, "lastDay"],
  ])("refuses %j beside the field", (change, field) => {
    const parsed = KeyValues.safeParse({ ...emptyKey, name: "Shop", ...change });
    expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([field]);
  });
});
