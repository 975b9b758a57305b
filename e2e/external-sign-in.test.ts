import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCertifiedProvider } from "../server/src/accounts/oidc/testing/certified-provider.ts";
import { launchBrowser } from "./support/browser.ts";
import { Platform } from "./support/platform.ts";

type Provider = Awaited<ReturnType<typeof startCertifiedProvider>>;

/** For a native client a provider takes any port of the loopback address (RFC 8252), so the server's need not be known. */
const redirectUris = ["http://127.0.0.1/api/auth/google/callback"];
const message = { type: "llm-tuner.external-sign-in", outcome: "signed_in", code: null };

let browser: Browser;
let hostile: Server;
let hostileOrigin = "";
const ends: (() => Promise<unknown>)[] = [];

const startBoth = async (options?: Parameters<typeof startCertifiedProvider>[1]) => {
  const provider = await startCertifiedProvider(redirectUris, options);
  const platform = await Platform.start({
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.client.id,
    OIDC_CLIENT_SECRET: provider.client.secret,
    OIDC_ALLOW_HTTP: "true",
  });
  ends.push(() => platform.dispose(), provider.close);
  return { provider, platform };
};

let plain: { provider: Provider; platform: Platform };
let isolating: { provider: Provider; platform: Platform };

beforeAll(async () => {
  hostile = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Hostile</title>");
  });
  await new Promise<void>((resolve) => void hostile.listen(0, "127.0.0.1", resolve));
  // Another name of the same machine is another site for a browser.
  hostileOrigin = `http://localhost:${(hostile.address() as AddressInfo).port}`;
  [plain, isolating, browser] = await Promise.all([startBoth(), startBoth({ isolatesPages: true }), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  hostile?.close();
  await Promise.all(ends.map((end) => end()));
});

/** Keeps everything that the page is told from now on, by whom and how. */
const listen = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const heard: { how: string; from: string; data: unknown }[] = [];
    Object.assign(window, { heard });
    window.addEventListener("message", ({ origin, data }) => heard.push({ how: "message", from: origin, data }));
    const channel = new BroadcastChannel("llm-tuner.external-sign-in");
    channel.addEventListener("message", ({ origin, data }) => heard.push({ how: "channel", from: origin, data }));
  });

const heardBy = (page: Page): Promise<{ how: string; from: string; data: unknown }[]> =>
  // `listen` put it there.
  page.evaluate(() => (window as unknown as { heard: { how: string; from: string; data: unknown }[] }).heard);

/** Where a sign-in that this browser begins leads; asked by a page of the installation. */
const authUrlOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const answer = await fetch("/api/auth/google?mode=popup");
    const body: { auth_url: string } = await answer.json();
    return body.auth_url;
  });

async function openPopup(page: Page, url: string): Promise<Page> {
  const opened = page.context().waitForEvent("page");
  await page.evaluate((address) => void window.open(address, "sign-in", "popup,width=500,height=600"), url);
  return opened;
}

async function signInAt(popup: Page, { people }: Provider, subject: string): Promise<void> {
  people.set(subject, { sub: subject, email: `${subject}@example.org`, email_verified: true });
  await popup.getByPlaceholder("Enter any login").fill(subject);
  await popup.getByPlaceholder("and password").fill("any");
  await popup.getByRole("button", { name: "Sign-in" }).click();
  await popup.getByRole("button", { name: "Continue" }).click();
}

const meOf = (page: Page): Promise<{ status: number; email: string | undefined }> =>
  page.evaluate(async () => {
    const answer = await fetch("/api/auth/me");
    const body: { email?: string } = await answer.json();
    return { status: answer.status, email: body.email };
  });

async function openInstallation(platform: Platform): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${platform.origin}/api/auth/options`);
  return { context, page };
}

describe("sign-in with a provider, in a browser", () => {
  it("tells the page that opened the popup, closes it, and leaves the session in cookies", async () => {
    const { platform, provider } = plain;
    const { context, page } = await openInstallation(platform);
    await listen(page);
    const popup = await openPopup(page, await authUrlOf(page));
    const closed = popup.waitForEvent("close");
    await signInAt(popup, provider, "ada");
    await closed;
    expect(await heardBy(page)).toEqual(
      expect.arrayContaining([
        { how: "message", from: platform.origin, data: message },
        { how: "channel", from: platform.origin, data: message },
      ]),
    );
    expect(await meOf(page)).toEqual({ status: 200, email: "ada@example.org" });
    expect(await page.evaluate(() => document.cookie)).toBe("");
    expect((await context.cookies()).map(({ name }) => name)).not.toContain("llm-tuner-oidc");
    await context.close();
  });

  it("comes back to the page that it began on when there is no popup", async () => {
    const { platform, provider } = plain;
    const { context, page } = await openInstallation(platform);
    const authUrl = await page.evaluate(async () => {
      const answer = await fetch("/api/auth/google?mode=redirect&return_to=/api/auth/options%3Fback");
      const body: { auth_url: string } = await answer.json();
      return body.auth_url;
    });
    await page.goto(authUrl);
    await signInAt(page, provider, "grace");
    await page.waitForURL(`${platform.origin}/api/auth/options?back`);
    expect(await meOf(page)).toEqual({ status: 200, email: "grace@example.org" });
    await context.close();
  });

  it("reaches the page also when the provider cuts the popup off from it", async () => {
    const { platform, provider } = isolating;
    const { context, page } = await openInstallation(platform);
    await listen(page);
    const popup = await openPopup(page, await authUrlOf(page));
    await signInAt(popup, provider, "mary");
    await expect.poll(() => heardBy(page)).toEqual([{ how: "channel", from: platform.origin, data: message }]);
    expect(await meOf(page)).toEqual({ status: 200, email: "mary@example.org" });
    await context.close();
  });

  it("SEC-15: tells an opener of another origin nothing, though that page holds the popup", async () => {
    const { platform, provider } = plain;
    const { context, page } = await openInstallation(platform);
    const authUrl = await authUrlOf(page);
    const attacker = await context.newPage();
    await attacker.goto(hostileOrigin);
    await listen(attacker);
    const popup = await openPopup(attacker, authUrl);
    const closed = popup.waitForEvent("close");
    await popup.getByPlaceholder("Enter any login").waitFor();
    // The popup still has its opener: nothing but the target of the message keeps it from the attacker.
    expect(await popup.evaluate(() => window.opener !== null)).toBe(true);
    await popup.evaluate(() => window.opener.postMessage("a message to anybody", "*"));
    await signInAt(popup, provider, "edith");
    await closed;
    expect(await meOf(page)).toEqual({ status: 200, email: "edith@example.org" });
    // What was meant for anybody has come, so the listener works; what was said after it has not.
    expect(await heardBy(attacker)).toEqual([{ how: "message", from: provider.issuer, data: "a message to anybody" }]);
    await context.close();
  });

  it("SEC-15: a page of another origin cannot frame the page of the popup", async () => {
    const { platform } = plain;
    const context = await browser.newContext();
    const attacker = await context.newPage();
    await attacker.goto(hostileOrigin);
    await listen(attacker);
    const answered = attacker.waitForResponse(/callback/);
    await attacker.evaluate((url) => {
      const frame = document.createElement("iframe");
      frame.src = url;
      document.body.append(frame);
    }, `${platform.origin}/api/auth/google/callback?state=x`);
    expect((await (await answered).headerValue("x-frame-options")) ?? "DENY").toBe("DENY");
    expect(await heardBy(attacker)).toEqual([]);
    await context.close();
  });
});
