import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, screenshot, watchedPage } from "./support/browser.ts";
import { mailedLink } from "./support/outbox.ts";
import { password, press, setPasswordByLink, signIn, signOut, signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

const ada = "ada@example.org";
const linus = "linus@example.org";
const katherine = "katherine@example.org";
const phone = { phone: true };

let platform: Platform;
let browser: Browser;
/** Ada's browser, who becomes the administrator in the first test; each test goes on where the one before ended. */
let page: Page;
let faults: string[];

const openPage = () => watchedPage(browser, () => platform.origin);

beforeAll(async () => {
  [platform, browser] = await Promise.all([Platform.start({ RATE_LIMIT_AUTH_PER_MINUTE: "1000" }), launchBrowser()]);
  const person = await openPage();
  await signUp(person.page, platform.origin, linus);
  await person.page.getByText("No runs yet").waitFor();
  ({ page, faults } = await openPage());
  await signUp(page, platform.origin, ada);
  await page.getByText("No runs yet").waitFor();
});

afterAll(async () => {
  await Promise.all([browser?.close(), platform?.dispose()]);
});

const section = (name: string): Promise<void> => page.getByRole("link", { name, exact: true }).click();

describe("administration in a browser", () => {
  it("SEC-05: is nobody's until the printed link was opened", async () => {
    await page.goto(`${platform.origin}/admin/users`);
    await page.getByText("Only for administrators").waitFor();
    await expect.poll(() => page.getByRole("link", { name: "Admin" }).count()).toBe(0);
    await signOut(page);
    await page.goto(await platform.setupUrl());
    await page.getByText("Sign in with the account that will administer").waitFor();
    await screenshot(page, "admin-1-setup-sign-in");
    await page.getByLabel("E-mail").fill(ada);
    await page.getByLabel("Password").fill(password);
    await press(page, "Sign in");
    await press(page, "Become the administrator");
    await page.getByText("You are an administrator").waitFor();
    await page.getByRole("link", { name: "Go to the people" }).click();
    await page.getByRole("link", { name: linus }).waitFor();
    await screenshot(page, "admin-2-people", phone);
    expect(faults).toEqual([]);
  });

  it("makes tiers, and says beside the field what is refused", async () => {
    await section("Tiers");
    await press(page, "New tier");
    await page.getByLabel("Name").fill("Team Large");
    await press(page, "Create tier");
    await page.getByText("must be lower-case letters").waitFor();
    await page.getByLabel("Name").fill("team-large");
    await page.getByLabel("Description").fill("For the shop's team.");
    await page.getByLabel("Requests a minute").fill("600");
    await page.getByLabel("USD a month").fill("50");
    await screenshot(page, "admin-3-tier");
    await press(page, "Create tier");
    await page.getByRole("cell", { name: "$50.00" }).waitFor();
    await press(page, "Edit team-large");
    await page.getByLabel("USD a month").fill("75");
    await press(page, "Save");
    await page.getByRole("cell", { name: "$75.00" }).waitFor();
    await screenshot(page, "admin-4-tiers", phone);
    await expect.poll(() => page.getByRole("button", { name: "Delete standard" }).count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it("invites people, who choose their own password", async () => {
    await section("People");
    await press(page, "Invite somebody");
    await page.getByLabel("E-mail").fill(katherine);
    await page.getByLabel("Tier").last().selectOption("team-large");
    await screenshot(page, "admin-5-invite");
    await press(page, "Send the invitation");
    await page.getByRole("link", { name: katherine }).waitFor();
    const invited = await openPage();
    const word = "a password of my own choice";
    const link = await mailedLink(platform, { to: katherine, page: "/reset-password" });
    await setPasswordByLink(invited.page, link, word);
    await signIn(invited.page, platform.origin, katherine, word);
    await invited.page.getByText("No runs yet").waitFor();
    expect([...faults, ...invited.faults]).toEqual([]);
  });

  it("keeps a tier that somebody has", async () => {
    await section("Tiers");
    await press(page, "Delete team-large");
    await press(page, "Delete the tier");
    await page.getByRole("alert").first().waitFor();
    await section("People");
    expect(faults).toEqual([]);
  });

  it("finds people by filters in the address, changes their tier, and disables them", async () => {
    await page.getByLabel("Search").fill("linus");
    await page.waitForURL(/search=linus/);
    await page.getByRole("link", { name: katherine }).waitFor({ state: "detached" });
    await page.reload();
    await expect.poll(() => page.getByLabel("Search").inputValue()).toBe("linus");
    await page.getByRole("link", { name: linus }).click();
    await page.getByRole("heading", { name: "Access" }).waitFor();
    await screenshot(page, "admin-6-person", phone);
    await page.getByLabel("Tier").selectOption("team-large");
    await press(page, "Change the tier");
    await page.getByText("The tier is changed.").waitFor();
    await press(page, "Disable");
    await press(page, "Disable the account");
    await page.getByText("Disabled", { exact: true }).waitFor();
    const shutOut = await openPage();
    await signIn(shutOut.page, platform.origin, linus);
    await shutOut.page.getByText("This account is disabled.").waitFor();
    expect([...faults, ...shutOut.faults]).toEqual([]);
  });

  it("SEC-40: reads, filters, verifies and exports the audit log", async () => {
    await section("Audit log");
    await page.getByLabel("What happened").selectOption("admin.user_disabled");
    await page.waitForURL(/action=admin\.user_disabled/);
    const entry = page.getByRole("button", { name: "Disabled an account" });
    await entry.waitFor();
    await press(page, "Clear filters");
    await press(page, "Verify the log");
    await page.getByText("The log is intact").waitFor();
    await screenshot(page, "admin-7-audit", phone);
    await entry.click();
    await page.getByText("Raw JSON").waitFor();
    await screenshot(page, "admin-8-audit-entry", phone);
    await press(page, "Everything on it");
    await page.waitForURL(/target=user_/);
    for (const [name, start] of [
      ["JSON lines, for programs", "{"],
      ["CSV, for spreadsheets", "\uFEFFid,"],
    ] as const) {
      const download = page.waitForEvent("download");
      await press(page, "Export");
      await page.getByRole("menuitem", { name }).click();
      expect((await readFile(await (await download).path(), "utf8")).slice(0, start.length)).toBe(start);
    }
    expect(faults).toEqual([]);
  });

  it("SEC-12: rotates the signing keys, and nobody is signed out", async () => {
    await section("Signing keys");
    await page.getByText("Next: published, not yet in use").waitFor();
    await press(page, "Rotate the keys");
    await page.getByRole("alertdialog").getByRole("button", { name: "Rotate the keys" }).click();
    await page.getByText("Only verifies what it signed").waitFor();
    await screenshot(page, "admin-9-signing-keys");
    await section("People");
    await page.getByRole("link", { name: katherine }).waitFor();
    expect(faults).toEqual([]);
  });
});
