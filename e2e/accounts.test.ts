import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, screenshot, watchedPage } from "./support/browser.ts";
import { mailedLink } from "./support/outbox.ts";
import { ageSignIns, password, press, setPasswordByLink, signIn, signOut, signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

const secondPassword = "another quite long sentence";
const thirdPassword = "a third sentence, longer still";
const ada = "ada@example.org";
const phone = { phone: true };

let platform: Platform;
let browser: Browser;
const openPage = () => watchedPage(browser, () => platform.origin);

beforeAll(async () => {
  [platform, browser] = await Promise.all([
    // One address plays many people in a short time.
    Platform.start({ RATE_LIMIT_AUTH_PER_MINUTE: "1000" }),
    launchBrowser(),
  ]);
});

afterAll(async () => {
  await Promise.all([browser?.close(), platform?.dispose()]);
});

/** Comes back to the page from another window, when the platform has too much to do to tell what `path` tells. */
const comeBackWhile = async (page: Page, path: string): Promise<void> => {
  const error = { code: "rate_limited", message: "Not now, please.", request_id: "req_busy" };
  await page.route(path, (route) => route.fulfill({ status: 429, json: { error } }));
  await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))");
  await page.getByText(error.message).waitFor();
  await page.unroute(path);
};

const goTo = async (page: Page, path: string): Promise<void> => {
  await page.goto(platform.origin + path);
};

describe("an account in a browser", () => {
  it("registers, verifies its address, and comes back after forgetting the password", async () => {
    const { page, faults } = await openPage();
    await page.goto(platform.origin);
    await press(page, "I am new here");
    await page.getByLabel("E-mail").fill("nobody");
    await page.getByLabel("Password").fill("short");
    await press(page, "Create account");
    await page.getByText("must be an e-mail address").waitFor();
    await screenshot(page, "account-1-refused", phone);
    await expect.poll(() => page.getByLabel("E-mail").inputValue()).toBe("nobody");

    await signUp(page, platform.origin, ada);
    await page.getByText("No runs yet").waitFor();
    await goTo(page, "/settings/profile");
    await page.getByText("Not verified").waitFor();
    await page.goto(await mailedLink(platform, { to: ada, page: "/verify-email" }));
    await screenshot(page, "account-2-verify");
    await press(page, "This address is mine");
    await page.getByRole("heading", { name: "Your address is verified" }).waitFor();
    await expect.poll(() => page.url()).not.toContain("token");
    await goTo(page, "/settings/profile");
    await page.getByText("Verified", { exact: true }).waitFor();
    await screenshot(page, "account-3-profile", phone);

    await signOut(page);
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await page.getByLabel("E-mail").fill(ada);
    await press(page, "Send the link");
    await page.getByRole("status").waitFor();
    await screenshot(page, "account-4-forgot");
    const link = await mailedLink(platform, { to: ada, page: "/reset-password" });
    await setPasswordByLink(page, link, secondPassword);
    await signIn(page, platform.origin, ada);
    await page.getByRole("alert").waitFor();
    await signIn(page, platform.origin, ada, secondPassword);
    await page.getByText("No runs yet").waitFor();

    // The link was used: it opens nothing any more.
    await page.goto(link);
    await page.getByLabel("New password").fill(thirdPassword);
    await press(page, "Set the password");
    await page.getByRole("alert").waitFor();
    expect(faults).toEqual([]);
  });

  it("changes name, address and password, and says beside the field what is refused", async () => {
    const { page, faults } = await openPage();
    const grace = "grace@example.org";
    await signUp(page, platform.origin, grace);
    await page.getByText("No runs yet").waitFor();
    await goTo(page, "/settings/profile");
    await page.getByLabel("Full name").fill("Grace Hopper");
    await page.getByRole("link", { name: "Sessions" }).click();
    await page.getByRole("alertdialog").waitFor();
    await press(page, "Stay");
    await press(page, "Save");
    await page.getByText("Your name is saved.").waitFor();

    await page.getByLabel("Present password").fill("not the password at all");
    await page.getByLabel("New password").fill(secondPassword);
    await press(page, "Change the password");
    await page.locator("[aria-invalid=true]").waitFor();
    await screenshot(page, "account-5-refused-password");
    await expect.poll(() => page.getByLabel("New password").inputValue()).toBe(secondPassword);
    await page.getByLabel("Present password").fill(password);
    await press(page, "Change the password");
    await page.getByText("Your new password holds.").waitFor();

    await page.getByLabel("New address").fill("grace.hopper@example.org");
    await page.getByLabel("Your password").fill(secondPassword);
    await press(page, "Change the address");
    await page.goto(await mailedLink(platform, { to: "grace.hopper@example.org", page: "/verify-email" }));
    await press(page, "This address is mine");
    await page.getByRole("heading", { name: "Your address is verified" }).waitFor();
    await goTo(page, "/settings/profile");
    await page.getByText("grace.hopper@example.org").last().waitFor();
    expect(faults).toEqual([]);
  });

  it("keeps what was typed when the profile cannot be read again", async () => {
    const { page, faults } = await openPage();
    await signUp(page, platform.origin, "katherine@example.org");
    await page.getByText("No runs yet").waitFor();
    await goTo(page, "/settings/profile");
    await page.getByLabel("New address").fill("katherine.johnson@example.org");
    await page.clock.setFixedTime(Date.now() + 120_000);
    await comeBackWhile(page, "**/api/auth/me");
    await expect.poll(() => page.getByLabel("New address").inputValue()).toBe("katherine.johnson@example.org");
    expect(faults).toEqual([]);
  });

  it("lists its sessions and ends them; the other browser is at the sign-in page with its next call", async () => {
    const here = await openPage();
    const there = await openPage();
    const linus = "linus@example.org";
    await signUp(here.page, platform.origin, linus);
    await here.page.getByText("No runs yet").waitFor();
    await signIn(there.page, platform.origin, linus);
    await there.page.getByText("No runs yet").waitFor();

    await goTo(here.page, "/settings/sessions");
    await here.page.getByText("This device").waitFor();
    await screenshot(here.page, "account-6-sessions", phone);
    await here.page.getByRole("button", { name: /^End the session on/ }).click();
    await press(here.page, "End the session");
    await here.page.getByText(/is signed out/).waitFor();
    await goTo(there.page, "/models");
    await there.page.getByRole("button", { name: "Sign in" }).waitFor();
    expect([...here.faults, ...there.faults]).toEqual([]);
  });

  it("takes its data along, and is deleted after its address was typed", async () => {
    const { page, faults } = await openPage();
    const alan = "alan@example.org";
    await signUp(page, platform.origin, alan);
    await page.getByText("No runs yet").waitFor();
    await goTo(page, "/settings/data");
    const download = page.waitForEvent("download");
    await press(page, "Download everything");
    const archive = await readFile(await (await download).path());
    expect(archive.subarray(0, 4)).toEqual(Buffer.from("PK\u0003\u0004"));

    await press(page, "Delete my account…");
    const remove = page.getByRole("button", { name: "Delete my account", exact: true });
    await expect.poll(() => remove.isDisabled()).toBe(true);
    await page.getByLabel(`Type ${alan} to confirm`).fill(alan);
    await screenshot(page, "account-7-delete", phone);
    await remove.click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await signIn(page, platform.origin, alan);
    await page.getByRole("alert").waitFor();
    expect(faults).toEqual([]);
  });
});

describe("keys in a browser", () => {
  it("SEC-23: are made with bounds, shown once, edited, rotated and revoked", async () => {
    const { page, faults } = await openPage();
    await signUp(page, platform.origin, "barbara@example.org");
    await page.getByText("No runs yet").waitFor();
    await goTo(page, "/keys");
    await page.getByRole("button", { name: "New key" }).first().click();
    await page.getByLabel("Name").fill("Shop website");
    await page.getByLabel("See runs").check();
    await page.getByRole("textbox", { name: "Models" }).fill("starter\nft:*");
    await page.getByLabel("Budget in USD").fill("10");
    await page.getByLabel("Valid until").fill("2099-12-31");
    await screenshot(page, "keys-1-new", phone);
    await press(page, "Create key");
    const secret = await page.getByRole("status").locator("code").innerText();
    await screenshot(page, "keys-2-secret", phone);
    const download = page.waitForEvent("download");
    await press(page, "Download");
    expect(await readFile(await (await download).path(), "utf8")).toBe(`${secret}\n`);
    await press(page, "I have stored it");
    await page.getByText("$0.00 of $10.00 this month").waitFor();
    await page.reload();
    await page.getByText("$0.00 of $10.00 this month").waitFor();
    expect(await page.content()).not.toContain(secret);

    const models = async (key: string): Promise<number> =>
      (await fetch(`${platform.origin}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;
    const act = async (name: string): Promise<void> => {
      await page.getByRole("button", { name: "Actions on Shop website" }).first().click();
      await page.getByRole("menuitem", { name }).click();
    };
    expect(await models(secret)).toBe(200);

    await act("Edit");
    await page.getByLabel("Budget in USD").fill("25");
    await comeBackWhile(page, "**/api/v1/api-keys?*");
    await press(page, "Save");
    await page.getByText("$0.00 of $25.00 this month").waitFor();

    await act("Rotate");
    await screenshot(page, "keys-3-rotate");
    await page.getByLabel("The old key still works for").selectOption({ label: "It stops at once" });
    await press(page, "Make the new key");
    const successor = await page.getByRole("status").locator("code").innerText();
    await press(page, "I have stored it");
    await page.getByText("Replaced", { exact: true }).waitFor();
    await screenshot(page, "keys-4-list", phone);
    expect([await models(secret), await models(successor)]).toEqual([401, 200]);

    await act("Revoke");
    await press(page, "Revoke the key");
    await page.getByText("Revoked", { exact: true }).waitFor();
    expect(await models(successor)).toBe(401);
    expect(faults).toEqual([]);
  });
});

describe("the pages by keyboard", () => {
  it("open the account's menu, leave it, and make a key, with the focus always to be seen", async () => {
    const { page, faults } = await openPage();
    await signUp(page, platform.origin, "margaret@example.org");
    await page.getByText("No runs yet").waitFor();
    await goTo(page, "/keys");
    await page.getByText("No keys yet").waitFor();
    const isFocused = "document.activeElement?.getAttribute('aria-label')";
    await page.keyboard.press("Tab");
    for (let presses = 0; presses < 20 && (await page.evaluate(isFocused)) !== "Account"; presses++)
      await page.keyboard.press("Tab");
    await expect.poll(() => page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Settings" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("menuitem", { name: "Settings" }).waitFor({ state: "detached" });
    await expect.poll(() => page.evaluate(isFocused)).toBe("Account");

    await page.getByRole("button", { name: "New key" }).first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.getByLabel("Name").focus();
    await page.keyboard.type("By keyboard");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "I have stored it" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("By keyboard").waitFor();
    expect(faults).toEqual([]);
  });
});

describe("an act that needs a recent sign-in", () => {
  it("SEC-08: asks for the password in a dialog, then goes on by itself", async () => {
    const { page, faults } = await openPage();
    const other = await openPage();
    await signUp(page, platform.origin, "early@example.org");
    await page.getByText("No runs yet").waitFor();
    await signIn(other.page, platform.origin, "early@example.org");
    await other.page.getByText("No runs yet").waitFor();
    await ageSignIns(platform);

    await goTo(page, "/settings/sessions");
    const endOthers = async (): Promise<void> => {
      await press(page, "End all other sessions");
      await press(page, "End the others");
      await page.getByRole("heading", { name: "Is it you?" }).waitFor();
    };
    await endOthers();
    await page.keyboard.press("Escape");
    await page.getByText("Nothing was done: you did not confirm").first().waitFor();
    await goTo(other.page, "/models");
    await other.page.getByText("No models yet").waitFor();

    await endOthers();
    await page.getByLabel("Your password").fill("not the password at all");
    await press(page, "Go on");
    await page.locator("[aria-invalid=true]").waitFor();
    await screenshot(page, "account-8-is-it-you", phone);
    await page.getByLabel("Your password").fill(password);
    await press(page, "Go on");
    await page.getByText("1 other session has ended.").waitFor();
    await goTo(other.page, "/models");
    await other.page.getByRole("button", { name: "Sign in" }).waitFor();
    expect([...faults, ...other.faults]).toEqual([]);
  });
});
