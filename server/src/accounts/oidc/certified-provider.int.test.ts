import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { startCertifiedProvider } from "./testing/certified-provider.ts";
import { accessCookieOf, createOidcFixture, endOf, messageOf, newBrowser, newPerson } from "./testing/oidc-fixture.ts";

const { database, drop } = await createTestDatabase();
const provider = await startCertifiedProvider(["https://tuner.test/api/auth/google/callback"]);
const fixture = await createOidcFixture(database, provider);
afterAll(async () => {
  await fixture.app.close();
  await provider.close();
  await drop();
});

const meOf = async (browser: ReturnType<typeof newBrowser>) => {
  const { userId } = await fixture.gate.authenticate(accessCookieOf(browser) ?? "");
  return fixture.accounts.userById(userId);
};

describe("sign-in with a certified provider", () => {
  it("SEC-13: signs somebody in whose address is known only when the provider is asked", async () => {
    const person = newPerson({ picture: "https://pictures.example/ada.png" });
    const browser = newBrowser();
    const answer = await fixture.signIn(browser, person, { returnTo: "/tuning" });
    expect(endOf(answer)).toEqual({ status: 303, target: "https://tuner.test/tuning", outcome: null, code: null });
    expect(await meOf(browser)).toMatchObject({
      email: person.email,
      full_name: "Ada Lovelace",
      picture: "https://pictures.example/ada.png",
      provider: "oidc",
      is_verified: true,
    });
    const again = newBrowser();
    await fixture.signIn(again, person);
    expect((await meOf(again))?.id).toBe((await meOf(browser))?.id);
  });

  it("tells the page that opened a popup", async () => {
    const browser = newBrowser();
    const answer = await fixture.signIn(browser, newPerson(), { mode: "popup" });
    expect(messageOf(answer)).toEqual({ type: "llm-tuner.external-sign-in", outcome: "signed_in", code: null });
    expect(await meOf(browser)).toMatchObject({ provider: "oidc" });
  });

  it("is cancelled by who thinks better of it, which is no failure", async () => {
    const countFailures = () =>
      database.row(
        z.object({ failures: z.coerce.number() }),
        "select count(*) as failures from audit_events where action = 'account.external_sign_in_failed'",
      );
    const before = await countFailures();
    const browser = newBrowser();
    const { authUrl } = await fixture.start(browser);
    expect(endOf(await fixture.finish(browser, await provider.abort(authUrl)))).toMatchObject({
      target: "https://tuner.test/sign-in",
      outcome: "cancelled",
      code: null,
    });
    expect(await countFailures()).toEqual(before);
  });

  it("SEC-13: goes on when the provider changes its keys", async () => {
    expect(endOf(await fixture.signIn(newBrowser(), newPerson())).outcome).toBeNull();
    await provider.rotateKeys();
    expect(endOf(await fixture.signIn(newBrowser(), newPerson())).outcome).toBeNull();
  });

  it("SEC-13: the code of another sign-in is refused by the provider itself", async () => {
    const browser = newBrowser();
    const mine = await fixture.start(browser);
    const theirs = await fixture.start(newBrowser());
    const parameters = await provider.agree(mine.authUrl, newPerson());
    parameters.set("code", (await provider.agree(theirs.authUrl, newPerson())).get("code") ?? "");
    expect(endOf(await fixture.finish(browser, parameters))).toMatchObject({ code: "sign_in_provider_refused" });
  });
});
