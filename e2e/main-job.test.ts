import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, screenshot, watchedPage } from "./support/browser.ts";
import { signOut, signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

const sample = join(import.meta.dirname, "../tools/demo/sample/garden-shop-faq.csv");

let platform: Platform;
let browser: Browser;

beforeAll(async () => {
  [platform, browser] = await Promise.all([Platform.start(), launchBrowser()]);
});

afterAll(async () => {
  await Promise.all([browser?.close(), platform?.dispose()]);
});

const openPage = () => watchedPage(browser, () => platform.origin);

describe("the main job in a browser", () => {
  it("goes from a file to a model that answers", async () => {
    const { page, faults } = await openPage();
    await page.goto(platform.origin);
    await page.getByRole("heading", { name: "LLM Tuner" }).waitFor();
    await screenshot(page, "1-sign-in");
    await signUp(page, platform.origin, "ada@example.org");
    await page.getByText("No runs yet").waitFor();
    await screenshot(page, "2-empty");

    await page.getByRole("link", { name: "New run" }).first().click();
    await page.getByLabel("Training file").setInputFiles(sample);
    await page.getByRole("heading", { name: "Your data" }).waitFor();
    await page.getByRole("heading", { name: "What the model will learn" }).waitFor();
    await screenshot(page, "3-checked");

    await page.getByLabel("Epochs").fill("2");
    await page.getByRole("button", { name: "Start the run" }).click();
    await page.getByRole("heading", { name: "Tuning starter" }).waitFor();
    await page.getByText(/Held-out loss [\d.]+ before training/).waitFor();
    await screenshot(page, "4-running");

    // A refresh and a second tab show the whole curve, not only what comes from now on.
    await page.reload();
    await page.getByText(/Held-out loss [\d.]+ before training/).waitFor();
    const second = await page.context().newPage();
    await second.goto(page.url());
    await second.getByText(/Held-out loss [\d.]+ before training/).waitFor();
    await second.close();

    await page.getByRole("link", { name: "Try the model" }).waitFor({ timeout: 240_000 });
    await screenshot(page, "5-completed");
    await page.getByRole("link", { name: "Try the model" }).click();
    await page.getByText(/Passed on \d+ prompts/).waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Deploy" }).click();
    await page.getByRole("heading", { name: "Call it from a program" }).waitFor();

    await page.getByLabel("Question").fill("When do you open?");
    await page.getByRole("button", { name: "Ask both" }).click();
    const base = page.getByRole("article", { name: "Base: starter" });
    const tuned = page.getByRole("article", { name: "Tuned" });
    await tuned.waitFor({ timeout: 60_000 });
    await screenshot(page, "6-tried");
    for (const answer of [base, tuned])
      await expect.poll(() => answer.innerText()).toMatch(/\d+ \+ \d+ tokens · \$0\.\d{4,9} · /);
    const [before, after] = await Promise.all([base.innerText(), tuned.innerText()]);
    expect(after).not.toBe(before);

    await page.getByRole("link", { name: "Keys" }).first().click();
    await page.getByRole("button", { name: "New key" }).first().click();
    await page.getByLabel("Name").fill("Shop website");
    await page.getByRole("button", { name: "Create key" }).click();
    const secret = await page.getByRole("status").locator("code").innerText();
    await page.getByRole("button", { name: "I have stored it" }).click();
    await page.getByRole("cell", { name: "Shop website" }).first().waitFor();
    await screenshot(page, "7-keys");
    const models = (): Promise<Response> =>
      fetch(`${platform.origin}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });
    expect((await models()).status).toBe(200);
    await page.getByRole("button", { name: "Actions on Shop website" }).click();
    await page.getByRole("menuitem", { name: "Revoke" }).click();
    await page.getByRole("button", { name: "Revoke the key" }).click();
    await page.getByText("Revoked", { exact: true }).waitFor();
    expect((await models()).status).toBe(401);
    expect(faults).toEqual([]);
  }, 400_000);

  it("says in words and by line what is wrong with a file, and keeps nothing", async () => {
    const { page, faults } = await openPage();
    await signUp(page, platform.origin, "grace@example.org");
    await page.getByRole("link", { name: "New run" }).first().click();
    const lines = Array.from({ length: 20 }, (_, row) =>
      JSON.stringify({ prompt: `question ${row}`, completion: "answer" }),
    );
    lines[16] = '{"prompt": "broken';
    await page
      .getByLabel("Training file")
      .setInputFiles({ name: "broken.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(lines.join("\n")) });
    const alert = page.getByRole("alert");
    await alert.waitFor();
    await expect.poll(() => alert.innerText()).toContain("line 17");
    await screenshot(page, "8-refused");
    await page.getByRole("link", { name: "Tuning" }).click();
    await page.getByText("No runs yet").waitFor();
    expect(faults).toEqual([]);
  });

  it("ends the session on sign-out and shows nothing of one person to another", async () => {
    const { page, faults } = await openPage();
    await signUp(page, platform.origin, "linus@example.org");
    await page.getByText("No runs yet").waitFor();
    await signOut(page);
    await page.reload();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    expect(faults).toEqual([]);
  });
});
