import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, screenshot, watchedPage } from "./support/browser.ts";
import { mailedLink } from "./support/outbox.ts";
import { signIn, signUp } from "./support/people.ts";
import { Platform, type PlatformSettings } from "./support/platform.ts";

let browser: Browser;
let platform: Platform;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterEach(() => platform.dispose());

afterAll(() => browser?.close());

const openWith = async (settings: PlatformSettings) => {
  platform = await Platform.start(settings);
  return watchedPage(browser, () => platform.origin);
};

describe("registration as an operator may set it", () => {
  it("SEC-03: where addresses must be verified, says the same of every address and signs in after the mail", async () => {
    const { page, faults } = await openWith({ EMAIL_VERIFICATION: "required" });
    await signUp(page, platform.origin, "ada@example.org");
    await page.getByRole("heading", { name: "Look into your mailbox" }).waitFor();
    const first = await page.getByRole("status").innerText();
    await screenshot(page, "registration-1-mailbox");
    await page.goto(await mailedLink(platform, { to: "ada@example.org", page: "/verify-email" }));
    await page.getByRole("button", { name: "This address is mine" }).click();
    await page.getByRole("link", { name: "Go to signing in" }).click();
    await signIn(page, platform.origin, "ada@example.org");
    await page.getByText("No runs yet").waitFor();

    const other = await watchedPage(browser, () => platform.origin);
    await signUp(other.page, platform.origin, "ada@example.org");
    await other.page.getByRole("heading", { name: "Look into your mailbox" }).waitFor();
    await expect.poll(() => other.page.getByRole("status").innerText()).toBe(first);
    expect([...faults, ...other.faults]).toEqual([]);
  });

  it("where it is closed, offers none", async () => {
    const { page, faults } = await openWith({ REGISTRATION: "closed" });
    await page.goto(platform.origin);
    await page.getByText("New accounts are made by an administrator").waitFor();
    await expect.poll(() => page.getByRole("button", { name: "I am new here" }).count()).toBe(0);
    await screenshot(page, "registration-2-closed");
    expect(faults).toEqual([]);
  });
});
