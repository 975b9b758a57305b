import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCertifiedProvider } from "../server/src/accounts/oidc/testing/certified-provider.ts";
import { launchBrowser, patienceMs } from "./support/browser.ts";
import { Platform } from "./support/platform.ts";

type Provider = Awaited<ReturnType<typeof startCertifiedProvider>>;

/** For a native client a provider takes any port of the loopback address (RFC 8252), so the server's need not be known. */
const redirectUris = ["http://localhost/api/auth/google/callback"];
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
  hostileOrigin = `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`;
  [plain, isolating, browser] = await Promise.all([startBoth(), startBoth({ isolatesPages: true }), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  hostile?.close();
  await Promise.all(ends.map((end) => end()));
});

interface Heard {
  how: "message" | "channel";
  from: string;
  data: unknown;
}

/** Keeps everything that the page is told from now on, by whom and how. Pages are asked in their own language. */
const listen = (page: Page): Promise<unknown> =>
  page.evaluate(`
    window.heard = [];
    addEventListener("message", ({ origin, data }) => heard.push({ how: "message", from: origin, data }));
    const channel = new BroadcastChannel("llm-tuner.external-sign-in");
    channel.addEventListener("message", ({ origin, data }) => heard.push({ how: "channel", from: origin, data }));
  `);

const heardBy = (page: Page): Promise<Heard[]> => page.evaluate<Heard[]>("heard");

/** Where a sign-in that this browser begins leads; asked by a page of the installation. */
const authUrlOf = (page: Page, query: string): Promise<string> =>
  page.evaluate<string>(
    `fetch("/api/auth/google?${query}").then((answer) => answer.json()).then((body) => body.auth_url)`,
  );

async function openPopup(page: Page, url: string): Promise<Page> {
  const opened = page.context().waitForEvent("page");
  await page.evaluate(`void open(${JSON.stringify(url)}, "sign-in", "popup,width=500,height=600")`);
  return opened;
}

/** Does not fail by itself when it is not reached; whoever waits for it says so. */
const closingOf = (popup: Page): Promise<boolean> =>
  popup.waitForEvent("close", { timeout: patienceMs }).then(
    () => true,
    () => false,
  );

async function signInAt(popup: Page, { people }: Provider, subject: string): Promise<void> {
  people.set(subject, { sub: subject, email: `${subject}@example.org`, email_verified: true });
  await popup.getByPlaceholder("Enter any login").fill(subject);
  await popup.getByPlaceholder("and password").fill("any");
  await popup.getByRole("button", { name: "Sign-in" }).click();
  await popup.getByRole("button", { name: "Continue" }).click();
}

const emailOf = (page: Page): Promise<string> =>
  page.evaluate<string>(`fetch("/api/auth/me").then((answer) => answer.json()).then((body) => body.email)`);

async function openInstallation(platform: Platform): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext();
  context.setDefaultTimeout(patienceMs);
  // The pages of the provider ask for fonts elsewhere.
  await context.route(/googleapis/, (route) => route.abort());
  const page = await context.newPage();
  await page.goto(`${platform.origin}/api/auth/options`);
  return { context, page };
}

describe("sign-in with a provider, in a browser", () => {
  it("tells the page that opened the popup, closes it, and leaves the session in cookies", async () => {
    const { platform, provider } = plain;
    const { context, page } = await openInstallation(platform);
    await listen(page);
    const popup = await openPopup(page, await authUrlOf(page, "mode=popup"));
    const closed = closingOf(popup);
    await signInAt(popup, provider, "ada");
    expect(await closed).toBe(true);
    expect(await heardBy(page)).toEqual(
      expect.arrayContaining([
        { how: "message", from: platform.origin, data: message },
        { how: "channel", from: platform.origin, data: message },
      ]),
    );
    expect(await emailOf(page)).toBe("ada@example.org");
    expect(await page.evaluate<string>("document.cookie")).toBe("");
    expect((await context.cookies()).map(({ name }) => name)).not.toContain("llm-tuner-oidc");
    await context.close();
  });

  it("comes back to the page that it began on when there is no popup", async () => {
    const { platform, provider } = plain;
    const { context, page } = await openInstallation(platform);
    const authUrl = await authUrlOf(page, "mode=redirect&return_to=/api/auth/options");
    await page.goto(authUrl);
    await signInAt(page, provider, "grace");
    await page.waitForURL(`${platform.origin}/api/auth/options`);
    expect(await emailOf(page)).toBe("grace@example.org");
    await context.close();
  });

  it("reaches the page also when the provider cuts the popup off from it", async () => {
    const { platform, provider } = isolating;
    const { context, page } = await openInstallation(platform);
    await listen(page);
    const popup = await openPopup(page, await authUrlOf(page, "mode=popup"));
    await signInAt(popup, provider, "mary");
    await expect.poll(() => heardBy(page)).toEqual([{ how: "channel", from: platform.origin, data: message }]);
    expect(await emailOf(page)).toBe("mary@example.org");
    await context.close();
  });

  it("SEC-15: tells an opener of another origin nothing, though that page holds the popup", async () => {
    const { platform, provider } = plain;
    const { context, page } = await openInstallation(platform);
    const authUrl = await authUrlOf(page, "mode=popup");
    const attacker = await context.newPage();
    await attacker.goto(hostileOrigin);
    await listen(attacker);
    const popup = await openPopup(attacker, authUrl);
    const closed = closingOf(popup);
    await popup.getByPlaceholder("Enter any login").waitFor();
    // The popup still has its opener: nothing but the target of the message keeps it from the attacker.
    expect(await popup.evaluate<boolean>("opener !== null")).toBe(true);
    await popup.evaluate(`opener.postMessage("a message to anybody", "*")`);
    await signInAt(popup, provider, "edith");
    expect(await closed).toBe(true);
    expect(await emailOf(page)).toBe("edith@example.org");
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
    const framed = JSON.stringify(`${platform.origin}/api/auth/google/callback?state=x`);
    await attacker.evaluate(
      `document.body.append(Object.assign(document.createElement("iframe"), { src: ${framed} }))`,
    );
    expect(await (await answered).headerValue("x-frame-options")).toBe("DENY");
    expect(await heardBy(attacker)).toEqual([]);
    await context.close();
  });
});
