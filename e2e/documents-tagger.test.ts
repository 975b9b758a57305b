import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeProvider } from "./fakes/fake-provider.ts";
import { startFakeOpenAi } from "./fakes/openai/openai.ts";
import { launchBrowser, patienceMs, screenshot, watchedPage } from "./support/browser.ts";
import { letters } from "./support/letters.ts";
import { press, signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

const phone = { phone: true };
const model = "gpt-4o-mini";
/** Some of a dozen are kept out of training, by their content. */
const documents = letters(0, 12);

let openai: FakeProvider;
let platform: Platform;
let browser: Browser;
/** One person's browser; each test goes on where the one before ended. */
let page: Page;
let faults: string[];

beforeAll(async () => {
  [openai, browser] = await Promise.all([startFakeOpenAi(), launchBrowser()]);
  openai.plan({ times: 1000, answer: { text: JSON.stringify({ tags: ["quarterly report", "inspection"] }) } });
  platform = await Platform.start({ OPENAI_API_KEY: openai.apiKey, OPENAI_BASE_URL: openai.origin });
  ({ page, faults } = await watchedPage(browser, () => platform.origin));
  await signUp(page, platform.origin, "ada@example.org");
  await page.getByText("No runs yet").waitFor();
});

afterAll(async () => {
  await Promise.all([browser?.close(), platform?.dispose()]);
  await openai?.close();
});

const goTo = async (path: string): Promise<void> => {
  await page.goto(platform.origin + path);
};

const figure = (name: string): Promise<string> =>
  page.locator("dl > div").filter({ hasText: name }).locator("dd").innerText();

/** The line of a tagger in the table of evaluations, which come after those of what was decided. */
const evaluated = (tagger: string) => page.getByRole("row").filter({ hasText: tagger }).filter({ hasText: "Done" });

describe("a model as tagger", { timeout: patienceMs * 4 }, () => {
  it("is chosen for a job, with what it will cost and a budget that holds", async () => {
    await goTo("/documents/add");
    await page.locator("input[type=file]").setInputFiles(documents);
    await page.getByLabel("Who suggests tags").selectOption({ label: "A model" });
    await page.getByRole("combobox", { name: "Model" }).fill(model);
    await page.getByRole("option", { name: model }).first().click();
    await page.getByLabel("Which tags").selectOption({ label: "Whatever fits" });
    await page.getByLabel("Accept at once").selectOption({ label: "Everything that is suggested" });
    await press(page, "Estimate");
    await page.getByText(/About \$0\.\d+ by gpt-4o-mini, between/).waitFor();
    expect(openai.requests()).toEqual([]);
    await page.getByLabel("Budget in USD").fill("0.0000001");
    await screenshot(page, "documents-12-estimate", phone);
    await press(page, "Start");
    await page.getByText("Paused", { exact: true }).waitFor();
    expect(openai.requests()).toEqual([]);
    await screenshot(page, "documents-13-paused", phone);
    expect(faults).toEqual([]);
  });

  it("goes on with a larger budget, and says what each document cost", async () => {
    await press(page, "Resume");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Budget in USD").fill("1");
    await dialog.getByRole("button", { name: "Resume" }).click();
    await page.getByText("Completed", { exact: true }).waitFor();
    await expect.poll(() => figure("Cost")).toMatch(/^\$0\.000\d+ of \$1\.00$/);
    expect(openai.requests()).toHaveLength(documents.length);
    await page.getByRole("row").filter({ hasText: "report-3" }).getByText("quarterly report").waitFor();
    await page.getByRole("link", { name: "report-3", exact: true }).click();
    await page.getByText(/Suggested by gpt-4o-mini/).waitFor();
    expect(faults).toEqual([]);
  });

  it("is measured beside another one, and tags by default when it is chosen", async () => {
    await goTo("/documents/tagging");
    await page.getByLabel("Tagger of new documents").selectOption(model);
    await page.getByText(`${model} tags your documents from now on.`).waitFor();
    for (const tagger of ["offline", model]) {
      await page.getByLabel("Tagger", { exact: true }).selectOption(tagger);
      await press(page, "Measure");
      await evaluated(tagger === model ? model : "Offline tagger").waitFor();
    }
    await page.getByRole("heading", { name: `Offline tagger → ${model}` }).waitFor();
    await page
      .getByText(/^\+\d+\.\d points$/)
      .first()
      .waitFor();
    await expect.poll(() => evaluated(model).getByRole("cell", { name: "100.0 %" }).count()).toBe(3);
    await screenshot(page, "documents-14-measured", phone);
    await goTo("/documents/add");
    await page.getByRole("option", { name: `As in your settings: ${model}` }).waitFor({ state: "attached" });
    expect(faults).toEqual([]);
  });
});
