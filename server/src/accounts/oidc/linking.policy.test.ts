import { describe, expect, it } from "vitest";
import type { UserRow } from "../users.store.ts";
import { decideLinking } from "./linking.policy.ts";
import type { ExternalPerson } from "./oidc-client.ts";

const at = new Date("2026-11-21T00:00:00Z");
const user = (changes: Partial<UserRow> = {}): UserRow => ({
  id: "user_000000000000000000test",
  email: "ada@example.org",
  password_hash: null,
  full_name: null,
  picture: null,
  provider: "password",
  role: "user",
  tier: "standard",
  email_verified_at: null,
  disabled_at: null,
  last_login_at: null,
  created_at: at,
  ...changes,
});
const person = (changes: Partial<ExternalPerson> = {}): ExternalPerson => ({
  issuer: "https://accounts.google.com",
  subject: "1",
  email: "ada@example.org",
  emailVerified: true,
  fullName: null,
  picture: null,
  ...changes,
});
const decide = (question: Partial<Parameters<typeof decideLinking>[0]>) =>
  decideLinking({
    person: person(),
    known: undefined,
    sameAddress: undefined,
    isRegistrationOpen: true,
    isVerificationRequired: false,
    ...question,
  });
const verified = user({ email_verified_at: at });

describe("decideLinking", () => {
  it.each([
    { provider: true, account: true, kind: "link" },
    { provider: true, account: false, kind: "ask_password" },
    { provider: false, account: true, kind: "ask_password" },
    { provider: false, account: false, kind: "ask_password" },
  ])("SEC-14: same address, provider verified $provider, account verified $account: $kind", (row) => {
    const sameAddress = row.account ? verified : user();
    expect(decide({ person: person({ emailVerified: row.provider }), sameAddress }).kind).toBe(row.kind);
  });

  it("SEC-14: a known identity signs in to its account, whatever address it has now and whose that is", () => {
    const known = user({ id: "user_0000000000000000000own" });
    expect(decide({ known, sameAddress: verified })).toEqual({ kind: "sign_in", user: known });
    expect(decide({ known, person: person({ email: null, emailVerified: false }) }).kind).toBe("sign_in");
  });

  it("SEC-14: the address alone never opens a disabled account, and the identity does not either", () => {
    const disabled = user({ email_verified_at: at, disabled_at: at });
    const refusal = { kind: "refuse", code: "account_disabled" };
    expect(decide({ known: disabled })).toEqual(refusal);
    expect(decide({ sameAddress: disabled })).toEqual(refusal);
    // Who has proved nothing is not told that the account is disabled.
    expect(decide({ sameAddress: disabled, person: person({ emailVerified: false }) }).kind).toBe("ask_password");
  });

  it("nobody is made without an address, nor where registration is closed", () => {
    expect(decide({ person: person({ email: null, emailVerified: false }) })).toEqual({
      kind: "refuse",
      code: "email_missing",
    });
    expect(decide({ isRegistrationOpen: false })).toEqual({ kind: "refuse", code: "registration_closed" });
    // Who is here already is not registering.
    expect(decide({ isRegistrationOpen: false, sameAddress: verified }).kind).toBe("link");
    expect(decide({ isRegistrationOpen: false, known: verified }).kind).toBe("sign_in");
  });

  it("where verification is required, the provider's word counts for the account's own address only", () => {
    const known = user();
    const question = { known, isVerificationRequired: true };
    expect(decide(question).kind).toBe("sign_in");
    expect(decide({ ...question, person: person({ emailVerified: false }) }).kind).toBe("verify_first");
    expect(decide({ ...question, person: person({ email: "other@example.org" }) }).kind).toBe("verify_first");
    expect(decide({ ...question, known: verified, person: person({ emailVerified: false }) }).kind).toBe("sign_in");
  });
});
