import { readFile } from "node:fs/promises";
import { DocumentDetail } from "@llm-tuner/contract/documents.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, patienceMs, screenshot, watchedPage } from "./support/browser.ts";
import { letters, type Upload } from "./support/letters.ts";
import { press, signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

const phone = { phone: true };

const broken: Upload = {
  name: "broken.pdf",
  mimeType: "application/pdf",
  buffer: Buffer.from("%PDF-1.7\nnothing of use"),
};
const note: Upload = { name: "note.docx", mimeType: "application/octet-stream", buffer: Buffer.from("no") };

let platform: Platform;
let browser: Browser;
/** One person's browser; each test goes on where the one before ended. */
let page: Page;
let faults: string[];

beforeAll(async () => {
  [platform, browser] = await Promise.all([Platform.start(), launchBrowser()]);
  ({ page, faults } = await watchedPage(browser, () => platform.origin));
  await signUp(page, platform.origin, "ada@example.org");
  await page.getByText("No runs yet").waitFor();
});

afterAll(async () => {
  await Promise.all([browser?.close(), platform?.dispose()]);
});

const goTo = async (path: string): Promise<void> => {
  await page.goto(platform.origin + path);
};

const choose = (files: Upload[]): Promise<void> => page.locator("input[type=file]").setInputFiles(files);

const ended = (word: string): Promise<void> =>
  page.locator("dl > div").filter({ hasText: "Status" }).getByText(word, { exact: true }).waitFor();

/** The document of the page, as a program sees it. */
const shownDocument = async (): Promise<DocumentDetail> => {
  const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  return DocumentDetail.parse(
    await page.evaluate(`fetch("/api/history/documents/${id}").then((answer) => answer.json())`),
  );
};

const statesOf = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await shownDocument()).tags.map(({ tag, state }) => [tag, state]));

describe("documents in a browser", { timeout: patienceMs * 4 }, () => {
  it("are added from files, after an estimate that starts nothing", async () => {
    await page.getByRole("link", { name: "Documents", exact: true }).click();
    await page.getByText("No documents yet").waitFor();
    await screenshot(page, "documents-1-empty", phone);
    await page.getByRole("link", { name: "Add documents" }).first().click();
    await choose([...letters(0, 8), broken, note]);
    await page.getByText("note.docx is neither a PDF nor a spreadsheet").waitFor();
    await press(page, "Estimate");
    await page.getByText("Free: the offline tagger needs no model.").waitFor();
    await page.getByText("9 documents").waitFor();
    await screenshot(page, "documents-2-add", phone);
    expect(faults).toEqual([]);
  });

  it("are worked on as a job that is followed while it runs", async () => {
    await press(page, "Start");
    await ended("Completed in part");
    await page.getByRole("link", { name: "report-0" }).waitFor();
    await page.getByRole("button", { name: "Failed 1" }).click();
    await page.getByRole("link", { name: "report-0" }).waitFor({ state: "detached" });
    const row = page.getByRole("row").filter({ hasText: "broken.pdf" });
    await row.getByText("The file is damaged and cannot be opened.").waitFor();
    await screenshot(page, "documents-3-job", phone);
    await row.getByRole("button", { name: "Try" }).click();
    await ended("Completed in part");
    await page.getByRole("button", { name: "Tagged 8" }).click();
    await page.getByRole("link", { name: "report-0" }).waitFor();
    expect(faults).toEqual([]);
  });

  it("are reviewed by keyboard beside their pages", async () => {
    await page.getByRole("link", { name: "report-0" }).click();
    await page.getByRole("heading", { name: "report-0", exact: true }).waitFor();
    await page.getByRole("img").first().waitFor();
    const suggested = (await shownDocument()).tags.map(({ tag }) => tag);
    const [first = "", second = "", third = ""] = suggested;
    await screenshot(page, "documents-4-document", phone);
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor({ state: "detached" });

    await page.getByRole("button", { name: first }).first().click();
    await page.keyboard.press("a");
    await expect.poll(async () => (await statesOf())[first]).toBe("accepted");
    await page.getByRole("button", { name: second }).first().click();
    await page.keyboard.press("r");
    await expect.poll(async () => (await statesOf())[second]).toBe("rejected");
    await page.getByRole("button", { name: third }).first().click();
    await page.keyboard.press("e");
    await page.getByLabel(`In place of ${third}`).fill("shipping");
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await statesOf())["shipping"]).toBe("accepted");
    await page.keyboard.press("Shift+A");
    await expect.poll(async () => Object.values(await statesOf())).not.toContain("suggested");

    await page.keyboard.press("n");
    await page.getByRole("heading", { name: "report-1", exact: true }).waitFor();
    await screenshot(page, "documents-5-next", phone);
    expect(faults).toEqual([]);
  });

  it("keep what is typed while they are worked on", async () => {
    await page.getByRole("heading", { name: "report-1", exact: true }).waitFor();
    let isTyped = false;
    await page.route("**/api/history/documents/*", async (route) => {
      if (isTyped) return route.fallback();
      const shown = DocumentDetail.parse(await (await route.fetch()).json());
      return route.fulfill({ json: { ...shown, status: "processing", stage: "tagging", tags: [] } });
    });
    await page.reload();
    await page.getByText("Tags are being thought of.").waitFor();
    await page.getByLabel("Add a tag").fill("inspected");
    await press(page, "Actions on this document");
    await page.getByRole("menuitem", { name: "Change the title" }).click();
    await page.getByRole("dialog").getByLabel("Title").fill("The second report");
    isTyped = true;
    await page.getByText("Tags are being thought of.").waitFor({ state: "detached" });
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "The second report", exact: true }).waitFor();
    await expect.poll(() => page.getByLabel("Add a tag").inputValue()).toBe("inspected");
    await page.unroute("**/api/history/documents/*");
    expect(faults).toEqual([]);
  });

  it("are searched for by all that was typed, also while the address follows", async () => {
    await goTo("/documents/search");
    await page.getByLabel("Search documents").waitFor();
    // The person types on as soon as the address has the first word, and before the page has read it there.
    await page.evaluate(`{
      const { replaceState } = history;
      history.replaceState = (...state) => {
        replaceState.apply(history, state);
        if (!String(state[2]).includes("query=railway")) return;
        history.replaceState = replaceState;
        const field = document.querySelector("[aria-label='Search documents']");
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, "railway bridges");
        field.dispatchEvent(new Event("input", { bubbles: true }));
      };
    }`);
    await page.getByLabel("Search documents").fill("railway");
    await expect.poll(() => new URL(page.url()).searchParams.get("query")).toBe("railway bridges");
    await expect.poll(() => page.getByLabel("Search documents").inputValue()).toBe("railway bridges");
    await page.getByText("2 documents").waitFor();
    expect(faults).toEqual([]);
  });

  it("are found by words, with a slip mended, and opened by keyboard", async () => {
    await goTo("/documents/search");
    await page.getByLabel("Search documents").fill("railway bridges");
    await page.getByText("2 documents").waitFor();
    await expect.poll(() => page.locator("mark").allInnerTexts()).toContain("railway");
    await screenshot(page, "documents-6-search", phone);
    await page.getByLabel("Search documents").press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^report-[26]$/ }).waitFor();

    await goTo("/documents/search?query=shipping");
    await page.getByRole("link", { name: "report-0" }).waitFor();
    await goTo("/documents/search?query=orchrd");
    await page.getByText("Nothing has “orchrd” in it.").waitFor();
    await page
      .getByRole("link", { name: /^report-[15]$/ })
      .first()
      .waitFor();
    expect(faults).toEqual([]);
  });

  it("say for which of the languages that were asked for the offline tagger has no words", async () => {
    const note = page.getByText(/in English, and the offline tagger cannot translate\. For tags in German/);
    await goTo("/documents/add");
    await choose(letters(90, 1));
    for (const language of ["English", "German"]) {
      await page.getByLabel("Language of the tags").selectOption({ label: language });
      await page.getByRole("button", { name: `Take ${language} away` }).waitFor();
    }
    await press(page, "Start");
    await ended("Completed");
    await note.waitFor();
    await page.getByRole("link", { name: "report-90" }).click();
    await page.getByRole("heading", { name: "report-90", exact: true }).waitFor();
    await note.waitFor();
    await screenshot(page, "documents-16-note", phone);
    expect(faults).toEqual([]);
  });

  it("are listed by filters, and exported", async () => {
    await goTo("/documents/history");
    await page.getByLabel("Status").selectOption({ label: "Failed" });
    await page.getByRole("link", { name: "broken" }).waitFor();
    await expect.poll(() => page.getByRole("row").count()).toBe(2);
    await press(page, "Clear filters");
    await page.getByLabel("Tag", { exact: true }).selectOption("shipping");
    await page.waitForURL(/tag=shipping/);
    await page.getByText("1 in all").waitFor();
    await screenshot(page, "documents-7-history", phone);
    const download = page.waitForEvent("download");
    await press(page, "Export all of these");
    await page.getByRole("menuitem", { name: "CSV" }).click();
    const text = await readFile(await (await download).path(), "utf8");
    expect(text).toContain("report-0");
    expect(text).toContain("shipping");
    expect(text).not.toContain("report-1");
    expect(faults).toEqual([]);
  });

  it("become a training data set that leads to a run", async () => {
    await goTo("/documents/add");
    await choose(letters(20, 16));
    await page.getByLabel("Accept at once").selectOption({ label: "Everything that is suggested" });
    await press(page, "Start");
    await ended("Completed");
    await goTo("/documents/tagging");
    await page.getByRole("cell", { name: "Offline tagger" }).first().waitFor();
    await screenshot(page, "documents-8-tagging", phone);
    await press(page, "Make a training data set");
    await page.getByLabel("Name").fill("Tags of reports");
    await press(page, "Make the data set");
    await page.getByText(/\d+ examples\./).waitFor();
    await page.getByRole("link", { name: "Open the data set" }).click();
    await page.getByRole("heading", { name: "Your data" }).waitFor();
    await page.getByRole("button", { name: "Start the run" }).waitFor();
    await screenshot(page, "documents-9-dataset", phone);
    expect(faults).toEqual([]);
  });

  it("teach a model that then tags the next ones", async () => {
    await page.getByLabel("Epochs").fill("1");
    await press(page, "Start the run");
    await page.getByRole("link", { name: "Try the model" }).click({ timeout: patienceMs * 2 });
    await page.getByText("Deploy it first.").waitFor();
    await press(page, "Deploy");
    await page.getByRole("heading", { name: "Call it from a program" }).waitFor();
    await press(page, "Use as tagger");
    await page.getByText(/^It suggests the tags of your new documents/).waitFor();
    const model = await page.getByRole("heading", { level: 1 }).innerText();
    await goTo("/documents/add");
    await page.getByRole("option", { name: `As in your settings: ${model}` }).waitFor({ state: "attached" });
    await choose(letters(60, 1));
    await press(page, "Start");
    // What so small a model makes of a document after one epoch is no matter here: it is the one that is asked.
    await page.getByText(`Tagged by ${model}`).waitFor();
    await screenshot(page, "documents-15-tuned-tagger", phone);
    expect(faults).toEqual([]);
  });

  it("show in numbers, by tags, and go when they are deleted", async () => {
    await goTo("/documents/overview");
    await page.getByRole("heading", { name: "Recent activity" }).waitFor();
    await screenshot(page, "documents-10-overview", phone);
    await page.getByRole("link", { name: "Tags", exact: true }).click();
    await page.getByRole("link", { name: "shipping" }).waitFor();
    await screenshot(page, "documents-11-tags", phone);
    await page.getByRole("link", { name: "Jobs", exact: true }).click();
    await page.getByRole("row").filter({ hasText: "Completed in part" }).getByRole("link").click();
    await press(page, "Actions on this job");
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await press(page, "Delete the job");
    await page.getByText("is deleted.").waitFor();
    await page.getByRole("row").filter({ hasText: "Completed in part" }).waitFor({ state: "detached" });
    await goTo("/documents/search?query=shipping");
    await page.getByText("Nothing was found").waitFor();
    expect(faults).toEqual([]);
  });
});
