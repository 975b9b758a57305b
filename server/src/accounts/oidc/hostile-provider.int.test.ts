import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createMovableClock } from "../../platform/testing/movable-clock.ts";
import { createOauth4webapiClient } from "./oauth4webapi-client.ts";
import { startFakeProvider, type TokenFault } from "./testing/fake-provider.ts";
import { accessCookieOf, createOidcFixture, endOf, newBrowser, newPerson } from "./testing/oidc-fixture.ts";

const { database, drop } = await createTestDatabase();
const provider = await startFakeProvider();
const fixture = await createOidcFixture(database, provider);
afterAll(async () => {
  await fixture.app.close();
  await provider.close();
  await drop();
});
beforeEach(() => {
  Object.assign(provider.state, {
    fault: null,
    claimedIssuer: null,
    isDown: false,
    announcesIssParameter: true,
    claimsOnlyInUserinfo: false,
    userinfoSubject: null,
  });
});

const signInPage = "https://tuner.test/sign-in";
const refused = (code: string) => ({ status: 303, target: signInPage, outcome: "failed", code });

describe("what the browser brings back", () => {
  const begin = async () => {
    const browser = newBrowser();
    const { authUrl } = await fixture.start(browser);
    return { browser, parameters: provider.agree(authUrl, newPerson()) };
  };
  /** How it ended, and how often the provider was asked meanwhile: an answer that belongs to nobody is not passed on. */
  const bring = async (...args: Parameters<typeof fixture.finish>) => {
    const before = provider.state.asked.token;
    const answer = await fixture.finish(...args);
    return { ...endOf(answer), cookies: answer.cookies.length, asked: provider.state.asked.token - before };
  };
  const expired = { ...refused("sign_in_expired"), cookies: 0, asked: 0 };

  it("SEC-13: a wrong state is refused", async () => {
    const { browser, parameters } = await begin();
    parameters.set("state", "another");
    expect(await bring(browser, parameters)).toEqual(expired);
  });

  it("SEC-13: a missing state, and two of them, are refused", async () => {
    const { browser, parameters } = await begin();
    expect(await bring(browser, `${parameters.toString()}&state=another`)).toEqual(expired);
    parameters.delete("state");
    expect(await bring(browser, parameters)).toEqual(expired);
  });

  it("SEC-13: a state that began in another browser is refused, and still serves that browser", async () => {
    const { browser, parameters } = await begin();
    const other = newBrowser();
    expect(await bring(other, parameters)).toEqual(expired);
    await fixture.start(other);
    expect(await bring(other, parameters)).toEqual(expired);
    expect(endOf(await fixture.finish(browser, parameters)).target).toBe("https://tuner.test/");
  });

  it("SEC-13: a callback that is replayed is refused, and of ten at once one gets in", async () => {
    const { browser, parameters } = await begin();
    const browsers = Array.from({ length: 10 }, () => ({ ...newBrowser(), cookies: new Map(browser.cookies) }));
    const answers = await Promise.all(browsers.map((each) => fixture.finish(each, parameters)));
    expect(answers.map((answer) => endOf(answer).outcome).filter((outcome) => outcome === null)).toHaveLength(1);
    const again = { ...newBrowser(), cookies: new Map(browser.cookies) };
    expect(await bring(again, parameters)).toEqual(expired);
  });

  it("SEC-13: an answer that comes after ten minutes is refused", async () => {
    const { browser, parameters } = await begin();
    fixture.clock.advance(600_001);
    expect(await bring(browser, parameters)).toEqual(expired);
  });

  it("SEC-13: a cookie that was sent twice counts as none", async () => {
    const { browser, parameters } = await begin();
    const [[name, value] = ["", ""]] = browser.cookies;
    const answer = await fixture.app.inject({
      url: `/api/auth/google/callback?${parameters.toString()}`,
      headers: { cookie: `${name}=${value}; ${name}=${"A".repeat(43)}` },
    });
    expect(endOf(answer)).toEqual(refused("sign_in_expired"));
  });

  it("SEC-13: a wrong iss parameter is refused", async () => {
    const { browser, parameters } = await begin();
    parameters.set("iss", "https://accounts.example.org");
    expect(endOf(await fixture.finish(browser, parameters))).toEqual(refused("sign_in_answer_invalid"));
    expect(accessCookieOf(browser)).toBeUndefined();
  });

  it("SEC-13: a missing iss parameter is refused where the provider announces one", async () => {
    const { browser, parameters } = await begin();
    parameters.delete("iss");
    expect(endOf(await fixture.finish(browser, parameters))).toEqual(refused("sign_in_answer_invalid"));
  });

  it("SEC-13: a token in the address is refused, whatever else is there", async () => {
    const { browser, parameters } = await begin();
    parameters.set("id_token", "x.y.z");
    expect(endOf(await fixture.finish(browser, parameters))).toEqual(refused("sign_in_answer_invalid"));
  });

  it("SEC-13: an error of the provider is never repeated", async () => {
    for (const [error, outcome, code] of [
      ["access_denied", "cancelled", null],
      ["<img src=x onerror=alert(1)>", "failed", "sign_in_provider_refused"],
    ]) {
      const browser = newBrowser();
      const { authUrl } = await fixture.start(browser);
      const state = new URL(authUrl).searchParams.get("state") ?? "";
      const said = {
        error: error ?? "",
        error_description: "</script><b>evil",
        error_uri: "https://evil.example",
        state,
      };
      const answer = await fixture.finish(browser, new URLSearchParams({ ...said, iss: provider.issuer }));
      expect(endOf(answer)).toEqual({ status: 303, target: signInPage, outcome, code });
      expect(JSON.stringify(answer.headers) + answer.body).not.toMatch(/evil|onerror/);
    }
  });
});

describe("what the provider answers to a code", () => {
  it.each<[TokenFault, string]>([
    ["wrong nonce", "sign_in_answer_invalid"],
    ["no nonce", "sign_in_answer_invalid"],
    ["wrong signature", "sign_in_answer_invalid"],
    ["alg none", "sign_in_answer_invalid"],
    ["signed with the client's secret", "sign_in_answer_invalid"],
    ["wrong aud", "sign_in_answer_invalid"],
    ["several aud without azp", "sign_in_answer_invalid"],
    ["wrong azp", "sign_in_answer_invalid"],
    ["wrong iss claim", "sign_in_answer_invalid"],
    ["expired", "sign_in_answer_invalid"],
    ["no subject", "sign_in_answer_invalid"],
    ["no ID token", "sign_in_answer_invalid"],
    ["unknown kid", "sign_in_answer_invalid"],
    ["not JSON", "sign_in_answer_invalid"],
    ["error", "sign_in_provider_refused"],
    ["redirect", "sign_in_provider_unavailable"],
    ["giant", "sign_in_provider_unavailable"],
  ])("SEC-13: %s is refused as %s, and nobody is made or signed in", async (fault, code) => {
    provider.state.fault = fault;
    const browser = newBrowser();
    const person = newPerson();
    const answer = await fixture.signIn(browser, person);
    expect(endOf(answer)).toEqual(refused(code));
    expect(accessCookieOf(browser)).toBeUndefined();
    expect(provider.state.asked.elsewhere).toBe(0);
    // The same person gets in as soon as the provider is honest: it was the fault that was refused.
    provider.state.fault = null;
    expect(endOf(await fixture.signIn(browser, person)).outcome).toBeNull();
  });

  it("SEC-13: an answer that never ends is given up", async () => {
    provider.state.fault = "endless";
    const client = createOauth4webapiClient({
      issuer: provider.issuer,
      clientId: provider.client.id,
      clientSecret: provider.client.secret,
      allowHttp: true,
      clock: createMovableClock(),
      limits: { timeoutMs: 300, maxBytes: 1_048_576 },
    });
    const binding = client.newBinding();
    const redirectUri = "https://tuner.test/api/auth/google/callback";
    const parameters = provider.agree(await client.authorizationUrl({ binding, redirectUri }), newPerson());
    await expect(client.exchange({ binding, redirectUri, parameters })).rejects.toMatchObject({ kind: "unreachable" });
  });

  it("SEC-13: the code goes with the PKCE verifier of this very sign-in", async () => {
    const mine = newBrowser();
    const stolen = newBrowser();
    const { authUrl } = await fixture.start(mine);
    const other = await fixture.start(stolen);
    expect(new URL(authUrl).searchParams.get("code_challenge_method")).toBe("S256");
    // A code that was given to somebody else's sign-in, slipped into mine.
    const parameters = provider.agree(authUrl, newPerson());
    parameters.set("code", provider.agree(other.authUrl, newPerson()).get("code") ?? "");
    const before = provider.state.refusedVerifiers;
    expect(endOf(await fixture.finish(mine, parameters))).toEqual(refused("sign_in_provider_refused"));
    expect(provider.state.refusedVerifiers).toBe(before + 1);
  });

  it("SEC-13: what is told of another subject when asked is not believed", async () => {
    provider.state.claimsOnlyInUserinfo = true;
    provider.state.userinfoSubject = "somebody-else";
    expect(endOf(await fixture.signIn(newBrowser(), newPerson()))).toEqual(refused("sign_in_answer_invalid"));
    provider.state.userinfoSubject = null;
    expect(endOf(await fixture.signIn(newBrowser(), newPerson())).outcome).toBeNull();
  });
});

describe("what the provider says of itself", () => {
  const clientOf = (clock = createMovableClock(), allowHttp = true) =>
    createOauth4webapiClient({
      issuer: provider.issuer,
      clientId: provider.client.id,
      clientSecret: provider.client.secret,
      allowHttp,
      clock,
    });
  const authorize = (client: ReturnType<typeof clientOf>) =>
    client.authorizationUrl({ binding: client.newBinding(), redirectUri: "https://tuner.test/cb" });

  it("SEC-13: a discovery document of another issuer is refused", async () => {
    provider.state.claimedIssuer = "https://accounts.example.org";
    await expect(authorize(clientOf())).rejects.toMatchObject({ kind: "invalid" });
  });

  it("SEC-13: a provider without TLS is not asked unless that was allowed", async () => {
    const before = provider.state.asked.discovery;
    await expect(authorize(clientOf(createMovableClock(), false))).rejects.toMatchObject({ name: "ProviderFailure" });
    expect(provider.state.asked.discovery).toBe(before);
  });

  it("an outage at the start ends with the outage; between tries it is left in peace", async () => {
    provider.state.isDown = true;
    const clock = createMovableClock();
    const client = clientOf(clock);
    await expect(authorize(client)).rejects.toMatchObject({ kind: "unreachable" });
    provider.state.isDown = false;
    const before = provider.state.asked.discovery;
    await expect(authorize(client)).rejects.toMatchObject({ kind: "unreachable" });
    expect(provider.state.asked.discovery).toBe(before);
    clock.advance(1001);
    await expect(authorize(client)).resolves.toContain("/authorize?");
    expect(provider.state.asked.discovery).toBe(before + 1);
  });

  it("asks once for many, keeps the answer, and bridges a later outage with it", async () => {
    const clock = createMovableClock();
    const client = clientOf(clock);
    const before = provider.state.asked.discovery;
    await Promise.all(Array.from({ length: 20 }, () => authorize(client)));
    expect(provider.state.asked.discovery).toBe(before + 1);
    clock.advance(3_600_001);
    provider.state.isDown = true;
    await expect(authorize(client)).resolves.toContain("/authorize?");
    expect(await client.isReachable()).toBe(true);
  });

  it("takes up a key that the provider has just begun to sign with", async () => {
    expect(endOf(await fixture.signIn(newBrowser(), newPerson())).outcome).toBeNull();
    await provider.rotateKeys();
    expect(endOf(await fixture.signIn(newBrowser(), newPerson())).outcome).toBeNull();
  });
});
