import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCertifiedProvider } from "../server/src/accounts/oidc/testing/certified-provider.ts";
import { launchBrowser, screenshot, watchedPage } from "./support/browser.ts";
import { ageSignIns, password, press, signOut, signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

let browser: Browser;
let platform: Platform;
let provider: Awaited<ReturnType<typeof startCertifiedProvider>>;

beforeAll(async () => {
  provider = await startCertifiedProvider(["http://localhost/api/auth/google/callback"]);
  [platform, browser] = await Promise.all([
    Platform.start({
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.client.id,
      OIDC_CLIENT_SECRET: provider.client.secret,
      OIDC_ALLOW_HTTP: "true",
      OIDC_NAME: "Example ID",
    }),
    launchBrowser(),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await Promise.all([platform?.dispose(), provider?.close()]);
});

/** Faults of the provider's own pages, which ask for fonts elsewhere, are not ours. */
const openPage = async () => {
  const { page, faults } = await watchedPage(browser, () => platform.origin);
  const context = page.context();
  await context.route(/googleapis/, (route) => route.abort());
  const own = () => faults.filter((fault) => !/googleapis|asked another host: http:\/\/127|ERR_FAILED/.test(fault));
  return { page, context, own };
};

const continueWith = async (page: Page, context: BrowserContext): Promise<Page> => {
  const opened = context.waitForEvent("page");
  await page.getByRole("button", { name: "Continue with Example ID" }).click();
  return opened;
};

const signInAt = async (page: Page, subject: string): Promise<void> => {
  provider.people.set(subject, { sub: subject, email: `${subject}@example.org`, email_verified: true });
  await page.getByPlaceholder("Enter any login").fill(subject);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
};

describe("signing in with a provider on the client's own pages", () => {
  it("SEC-15: takes up the session that the popup made; later asks the provider again instead of a password", async () => {
    const { page, context, own } = await openPage();
    await page.goto(`${platform.origin}/models`);
    await page.getByRole("button", { name: "Continue with Example ID" }).waitFor();
    await screenshot(page, "provider-1-sign-in");
    await signInAt(await continueWith(page, context), "ada");
    await page.getByText("No models yet").waitFor();
    await expect.poll(() => new URL(page.url()).pathname).toBe("/models");
    expect(await page.evaluate<string>("document.cookie")).toBe("");

    await page.goto(`${platform.origin}/settings/profile`);
    await page.getByText("Example ID", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Mail me a link" }).waitFor();
    await screenshot(page, "provider-2-profile");

    await ageSignIns(platform);
    const known = Promise.withResolvers<void>();
    await page.route("**/api/auth/options", async (route) => {
      await known.promise;
      await route.continue();
    });
    await page.goto(`${platform.origin}/settings/data`);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download everything" }).click();
    await page.getByRole("heading", { name: "Is it you?" }).waitFor();
    // A field for a password that the provider's button then took away would take what was typed along.
    await expect.poll(() => page.getByLabel("Your password").count()).toBe(0);
    known.resolve();
    await page.getByRole("button", { name: "Use a password instead" }).waitFor();
    await screenshot(page, "provider-3-is-it-you");
    // The provider still knows the person, and may ask for nothing more than a press.
    const popup = await continueWith(page, context);
    await popup
      .getByRole("button", { name: "Continue" })
      .click()
      .catch((error: unknown) => {
        if (!popup.isClosed()) throw error;
      });
    expect(await (await download).failure()).toBeNull();
    expect(own()).toEqual([]);
  });

  it("SEC-14: asks for the password of an account that has the address already, and joins the two", async () => {
    const { page, context, own } = await openPage();
    await signUp(page, platform.origin, "linus@example.org");
    await page.getByText("No runs yet").waitFor();
    await signOut(page);
    await signInAt(await continueWith(page, context), "linus");
    await page.getByLabel("Password of that account").fill("not this one at all");
    await screenshot(page, "provider-4-link");
    await page.getByRole("button", { name: "Connect Example ID" }).click();
    await page.locator("[aria-invalid=true], [role=alert]").first().waitFor();
    await page.getByLabel("Password of that account").fill(password);
    await page.getByRole("button", { name: "Connect Example ID" }).click();
    await page.getByText("No runs yet").waitFor();
    expect(own()).toEqual([]);
  });

  it("keeps what was typed while the way over the provider was not known yet", async () => {
    const { page, own } = await openPage();
    const typed = Promise.withResolvers<void>();
    await page.route("**/api/auth/options", async (route) => {
      await typed.promise;
      await route.continue();
    });
    await page.goto(platform.origin);
    await page.getByRole("button", { name: "I am new here" }).click();
    await page.getByLabel("E-mail").fill("hedy@example.org");
    await page.getByLabel("Password").fill(password);
    typed.resolve();
    await page.getByRole("button", { name: "Continue with Example ID" }).waitFor();
    await press(page, "Create account");
    await page.getByText("No runs yet").waitFor();
    expect(own()).toEqual([]);
  });

  it("says so when the person stops at the provider", async () => {
    const { page, context, own } = await openPage();
    await page.goto(platform.origin);
    const popup = await continueWith(page, context);
    await popup.getByRole("link", { name: "Cancel" }).click();
    await page.getByText("You stopped at Example ID").waitFor();
    expect(own()).toEqual([]);
  });

  it("goes there and back in the same window where popups are blocked", async () => {
    const { page, own } = await openPage();
    await page.addInitScript("window.open = () => null");
    await page.goto(`${platform.origin}/models`);
    await page.getByRole("button", { name: "Continue with Example ID" }).click();
    await signInAt(page, "grace");
    await page.getByText("No models yet").waitFor();
    await expect.poll(() => page.url()).toBe(`${platform.origin}/models`);
    await signOut(page);

    await page.getByRole("button", { name: "Continue with Example ID" }).click();
    await page.waitForURL(/127\.0\.0\.1/);
    await page.goto(`${platform.origin}/sign-in?outcome=failed&code=provider_unavailable`);
    await page.getByRole("alert").waitFor();
    await expect.poll(() => page.getByRole("alert").innerText()).toContain("provider unavailable");
    expect(own()).toEqual([]);
  });
});
