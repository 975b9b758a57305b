import { auditActions } from "@llm-tuner/contract/audit.ts";
import { describe, expect, it } from "vitest";
import { fieldOfTime, timeOfField } from "../../../ui/time-field.ts";
import { AuditSearch } from "./audit-filters.ts";
import { actionTone, actionWords, detailsText } from "./audit-words.ts";

describe("the audit log in words", () => {
  it("has different words for every action", () => {
    expect(new Set(Object.values(actionWords)).size).toBe(auditActions.length);
  });

  it.each([
    ["account.sign_in_failed", "warning"],
    ["account.token_reused", "warning"],
    ["api_key.revoked", "danger"],
    ["admin.user_disabled", "danger"],
    ["admin.tier_changed", "success"],
    ["account.signed_in", "neutral"],
  ] as const)("%s looks like %s", (action, tone) => {
    expect(actionTone(action)).toBe(tone);
  });

  it("tells details in one line and leaves out what is empty", () => {
    const details = { role_after: "admin", tier: null, scopes: ["chat", "models:read"], sessions_ended: 0, by: "" };
    const money = { monthly_spend_nano_usd: 50_000_000_000 };
    expect(detailsText(details)).toBe("role after: admin · scopes: chat, models:read · sessions ended: 0");
    expect(detailsText(money)).toBe("monthly spend: $50.00");
  });
});

describe("filters in the address", () => {
  it("keep what they can read and drop the rest", () => {
    expect(AuditSearch.parse({ action: "api_key.revoked", actor: "user_1", from: "yesterday" })).toEqual({
      action: "api_key.revoked",
      actor: "user_1",
    });
    expect(AuditSearch.parse({ action: "nothing.known" })).toEqual({});
  });

  it("hold a time of the person's own zone as the same moment", () => {
    const time = timeOfField("2026-11-21T14:05");
    expect(fieldOfTime(time)).toBe("2026-11-21T14:05");
    expect(timeOfField("")).toBeUndefined();
    expect(fieldOfTime(undefined)).toBe("");
  });
});
