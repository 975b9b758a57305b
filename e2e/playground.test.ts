import { readFile } from "node:fs/promises";
import { listProviderConnections } from "@llm-tuner/contract/providers.ts";
import { UsageReport } from "@llm-tuner/contract/usage.ts";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startFakeAnthropic } from "./fakes/anthropic/anthropic.ts";
import type { FakeProvider } from "./fakes/fake-provider.ts";
import { pngBytes } from "./fakes/media.ts";
import { startFakeOpenAi } from "./fakes/openai/openai.ts";
import { launchBrowser, screenshot, watchedPage } from "./support/browser.ts";
import { press, signOut, signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

const phone = { phone: true };
const small = "gpt-4o-mini";
const haiku = "claude-haiku-4-5";
const unpriced = "gpt-3.5-turbo";

let openai: FakeProvider;
let anthropic: FakeProvider;
let platform: Platform;
let browser: Browser;
/** One person's browser; each test goes on where the one before ended. */
let page: Page;
let faults: string[];
/** Before anything was asked. */
let began: Date;

beforeAll(async () => {
  began = new Date();
  [openai, anthropic, browser] = await Promise.all([startFakeOpenAi(), startFakeAnthropic(), launchBrowser()]);
  platform = await Platform.start({
    OPENAI_API_KEY: openai.apiKey,
    OPENAI_BASE_URL: openai.origin,
    ANTHROPIC_API_KEY: anthropic.apiKey,
    ANTHROPIC_BASE_URL: anthropic.origin,
  });
  ({ page, faults } = await watchedPage(browser, () => platform.origin));
  await signUp(page, platform.origin, "ada@example.org");
  await page.getByText("No runs yet").waitFor();
});

afterAll(async () => {
  await Promise.all([browser?.close(), platform?.dispose()]);
  await Promise.all([openai?.close(), anthropic?.close()]);
});

beforeEach(() => {
  openai.clear();
  anthropic.clear();
});

const goTo = async (path: string): Promise<void> => {
  await page.goto(platform.origin + path);
};

const choose = async (label: string, model: string): Promise<void> => {
  await page.getByRole("combobox", { name: label }).fill(model);
  await page.getByRole("option", { name: model }).first().click();
};

const ask = async (prompt: string): Promise<void> => {
  await page.getByLabel("Your message").fill(prompt);
  await page.keyboard.press("Control+Enter");
};

const answerOf = (model: string): Locator => page.getByRole("article", { name: `Answer of ${model}` }).last();

const ended = (model: string, word: string): Promise<void> =>
  answerOf(model).getByRole("status").filter({ hasText: word }).first().waitFor();

/** A figure under an answer. */
const fact = (model: string, name: string): Promise<string> =>
  answerOf(model).locator("dl > div").filter({ hasText: name }).locator("dd").innerText();

describe("the playground", () => {
  it("streams an answer, and says what it took and cost", async () => {
    await page.getByRole("link", { name: "Playground" }).click();
    await choose("Model", small);
    await page.getByLabel("System prompt").fill("You answer in one sentence.");
    openai.plan({ answer: { text: "A tuned model answers as you taught it." }, latencyMs: { between: 5 } });
    await ask("What is a tuned model?");
    await ended(small, "Complete");
    await answerOf(small).getByText("A tuned model answers as you taught it.").waitFor();
    await answerOf(small).getByRole("link", { name: "Why did this cost that" }).waitFor();

    const { body } = openai.requests().at(-1) ?? {};
    expect(body).toMatchObject({
      model: small,
      messages: [
        { role: "system", content: "You answer in one sentence." },
        { role: "user", content: "What is a tuned model?" },
      ],
    });
    const billed = openai.calls().at(-1);
    if (billed?.event !== "ended") throw new Error("the provider has not ended its answer");
    await expect.poll(() => fact(small, "Tokens in")).toBe(String(billed.usage.inputUncached));
    await expect.poll(() => fact(small, "Tokens out")).toBe(String(billed.usage.outputText));
    await expect.poll(() => fact(small, "Cost")).toMatch(/^\$0\.0000\d+$/);
    await expect.poll(() => fact(small, "Provider")).toBe("openai");
    await expect.poll(() => fact(small, "First token")).toMatch(/m?s$/);
    await screenshot(page, "playground-1-answer", phone);
    expect(faults).toEqual([]);
  });

  it("asks two models at once, each with its own conversation and thoughts", async () => {
    await press(page, "Compare");
    await choose("Second model", haiku);
    openai.plan({ answer: { text: "It keeps your data on your own machine." } });
    anthropic.plan({ answer: { text: "Because you can see every cent.", reasoning: "They ask for a reason." } });
    await page.getByLabel("Thinking").selectOption({ label: "Low" });
    await page.getByLabel("Seed").fill("7");
    await ask("Why run it yourself?");
    await Promise.all([ended(small, "Complete"), ended(haiku, "Complete")]);
    await answerOf(haiku).getByRole("link", { name: "Why did this cost that" }).waitFor();
    await answerOf(small).getByRole("link", { name: "Why did this cost that" }).waitFor();
    // Anthropic has no word for a seed; that the model shall think is carried.
    await expect
      .poll(() => answerOf(haiku).getByRole("listitem").allInnerTexts())
      .toEqual([expect.stringMatching(/^seed: /)]);
    expect(openai.requests().at(-1)?.body).toMatchObject({ seed: 7 });
    expect(openai.requests().at(-1)?.body).not.toHaveProperty("reasoning_effort");
    await page.getByText("This model was not asked: it knows nothing of this turn.").waitFor();
    await answerOf(haiku).getByText("What it thought").click();
    await answerOf(haiku).getByText("They ask for a reason.").waitFor();
    // The first model goes on from its own answer; the second hears this turn alone.
    expect(openai.requests().at(-1)?.body["messages"]).toHaveLength(4);
    expect(anthropic.requests().at(-1)?.body["messages"]).toHaveLength(1);
    await screenshot(page, "playground-2-side-by-side", phone);
    await page.getByLabel("Seed").fill("");
    expect(faults).toEqual([]);
  });

  it("shows the request as code with a placeholder for the key", async () => {
    await page.getByLabel("Your message").fill("It's ready?");
    await press(page, "First model as code");
    const code = page.getByLabel("The request as code");
    await code.getByText(`curl ${platform.origin}/v1/chat/completions`).waitFor();
    await expect.poll(() => code.innerText()).toContain(String.raw`It'\''s ready?`);
    await page.getByLabel("Language").selectOption("python");
    await expect.poll(() => code.innerText()).toContain('api_key=os.environ["LLM_TUNER_API_KEY"]');
    await screenshot(page, "playground-3-code", phone);
    await page.keyboard.press("Escape");
    await code.waitFor({ state: "detached" });
    expect(faults).toEqual([]);
  });

  it("stops an answer, which ends it at the provider", async () => {
    await press(page, "Take second model away");
    openai.plan({ answer: { words: 40 }, stall: { afterEvents: 6 } });
    await ask("Tell me a long story");
    await ended(small, "Answering");
    await answerOf(small).locator("p.whitespace-pre-wrap").waitFor();
    await press(page, "Stop");
    await ended(small, "Stopped");
    await openai.reached("ended", openai.calls().length);
    expect(openai.calls().at(-1)).toMatchObject({ outcome: "client_gone" });
    await answerOf(small).getByRole("link", { name: "Why did this cost that" }).waitFor();
    expect(faults).toEqual([]);
  });

  it("says in words what failed and what to do", async () => {
    openai.plan({ times: 10, error: { status: 429, retryAfterSeconds: 7 } });
    await ask("Are you busy?");
    await ended(small, "Failed");
    const alert = answerOf(small).getByRole("alert");
    await alert.getByText("provider_rate_limited").waitFor();
    await alert.getByText(/It may work in \d+ s/).waitFor();
    await screenshot(page, "playground-4-failed", phone);
    openai.clear();
    openai.plan({ answer: { text: "Not any more." } });
    await page.getByRole("button", { name: `Ask ${small} again` }).click();
    await ended(small, "Complete");
    expect(faults).toEqual([]);
  });

  it("sends a picture to a model that sees, and refuses it beside one that does not", async () => {
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "square.png", mimeType: "image/png", buffer: Buffer.from(pngBytes) });
    await page.getByRole("img", { name: "square.png" }).waitFor();
    openai.plan({ answer: { text: "A very small square." } });
    await ask("What is on it?");
    await ended(small, "Complete");
    expect(JSON.stringify(openai.requests().at(-1)?.body["messages"])).toContain("data:image/png;base64,");
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("no") });
    await page.getByText("a.txt is not a PNG, JPEG, WebP or GIF picture.").first().waitFor();
    expect(faults).toEqual([]);
  });

  it("keeps the conversation over a reload, and no secret with it", async () => {
    await page.getByLabel("Your message").fill("Not sent yet");
    const stored = () => page.evaluate<string>("JSON.stringify(localStorage)");
    await expect.poll(stored).toContain("Not sent yet");
    await page.reload();
    await answerOf(small).getByText("A very small square.").waitFor();
    await page.getByText("1 picture was not kept over the reload.").waitFor();
    await expect.poll(() => page.getByLabel("Your message").inputValue()).toBe("Not sent yet");
    expect(await stored()).not.toMatch(/lp_|eyJ|Bearer/);
    await press(page, "Clear");
    await press(page, "Clear it");
    await page.getByRole("article").first().waitFor({ state: "detached" });
    expect(faults).toEqual([]);
  });
});

describe("the usage pages", () => {
  it("show what was used by day, told apart by model, provider and outcome", async () => {
    // The day (UTC) may have ended since: today is the one on which the first was asked.
    await page.clock.setFixedTime(began);
    await page.getByRole("link", { name: "Usage", exact: true }).click();
    await page.locator("canvas").waitFor();
    await page.emulateMedia({ colorScheme: "light" });
    await page.getByRole("link", { name: small }).waitFor();
    await page.getByRole("link", { name: haiku }).waitFor();
    await screenshot(page, "usage-1-overview", phone);
    await page.getByLabel("By", { exact: true }).selectOption({ label: "Outcome" });
    await page.getByRole("link", { name: "Failed" }).waitFor();
    await page.getByLabel("By", { exact: true }).selectOption({ label: "Provider" });
    await page.getByLabel("Days (UTC)").selectOption({ label: "Today" });
    await page.getByRole("link", { name: "anthropic" }).waitFor();
    await expect.poll(() => page.url()).toContain("by=provider");
    const download = page.waitForEvent("download");
    await press(page, "CSV");
    expect(await readFile(await (await download).path(), "utf8")).toContain("anthropic");

    const report = UsageReport.parse(await page.evaluate("fetch('/api/v1/usage').then((answer) => answer.json())"));
    expect(report.totals.requests).toBeGreaterThan(5);
    expect(report.totals.unpriced).toBe(0);
    expect(faults).toEqual([]);
  });

  it("list requests by filters, and explain what one cost", async () => {
    await page.getByRole("link", { name: "Requests" }).click();
    await page.getByLabel("Outcome").selectOption({ label: "Failed" });
    await page.getByText("provider_rate_limited").first().waitFor();
    await expect.poll(() => page.getByRole("row").filter({ hasText: "Completed" }).count()).toBe(0);
    await press(page, "Clear filters");
    // Whoever pauses within a figure types on where they were.
    await page.getByLabel("Cost at least (USD)").fill("0.00");
    await page.waitForURL(/min_cost_nano_usd=0(&|$)/);
    await page.getByLabel("Cost at least (USD)").pressSequentially("0001");
    await page.getByLabel("Model").selectOption(haiku);
    await page.waitForURL(/min_cost_nano_usd=1000(&|$)/);
    await page.getByRole("row").filter({ hasText: haiku }).waitFor();
    await expect.poll(() => page.getByRole("row").count()).toBe(2);
    await screenshot(page, "usage-2-requests", phone);
    await page.getByRole("row").filter({ hasText: haiku }).getByRole("link").click();
    await page.getByRole("heading", { name: "Why it cost that" }).waitFor();
    await page.getByText("As the provider counted").waitFor();
    await page.getByText("Held before the provider was asked").waitFor();
    const cost = await page.locator("dl dd").filter({ hasText: "$" }).first().innerText();
    await page.getByRole("row", { name: `Charged ${cost}` }).waitFor();
    await screenshot(page, "usage-3-bill", phone);
    expect(faults).toEqual([]);
  });

  it("show an administrator everybody's usage by person", async () => {
    await page.goto(await platform.setupUrl());
    await press(page, "Become the administrator");
    await page.getByText("You are an administrator").waitFor();
    await goTo("/admin/usage/overview?by=user");
    await page.getByRole("link", { name: "ada@example.org" }).waitFor();
    await screenshot(page, "usage-4-everybody", phone);
    await page.getByRole("link", { name: "ada@example.org" }).click();
    await page.getByRole("row").filter({ hasText: haiku }).getByRole("link").click();
    await press(page, "Change the cost");
    await page.getByLabel("Cost in USD").fill("0");
    await page.getByLabel("Reason").fill("It was a test.");
    await page.getByRole("dialog").getByRole("button", { name: "Change the cost" }).click();
    await page.getByRole("listitem").filter({ hasText: "It was a test." }).waitFor();
    await screenshot(page, "usage-5-adjusted");
    expect(faults).toEqual([]);
  });

  it("never show a request without a price as free", async () => {
    // Asked by the page itself: its session is in cookies that no program has.
    const offer = async (connection: string): Promise<unknown> =>
      page.evaluate(
        `fetch("/api/admin/providers/models", {
          method: "POST",
          headers: { "content-type": "application/json", "x-session-mode": "cookie" },
          body: JSON.stringify({ connection_id: "${connection}", model: "${unpriced}", price_model: "unlisted" }),
        }).then((answer) => answer.status)`,
      );
    const { connections } = listProviderConnections.responses[200].schema.parse(
      await page.evaluate("fetch('/api/admin/providers/connections').then((answer) => answer.json())"),
    );
    expect(await offer(connections.find(({ kind }) => kind === "openai")?.id ?? "")).toBe(201);
    await goTo(`/playground?model=${unpriced}`);
    await page.getByText("No estimate of the cost").waitFor();
    await ask("What do you cost?");
    await ended(unpriced, "Complete");
    await answerOf(unpriced).getByRole("link", { name: "Why did this cost that" }).waitFor();
    await expect.poll(() => fact(unpriced, "Cost")).toBe("No price");
    await answerOf(unpriced).getByRole("link", { name: "Why did this cost that" }).click();
    await page.getByText(/no price for unlisted of openai, so this has no cost yet/).waitFor();
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByText("1 request has no price and is not part of the cost.").waitFor();
    await page.getByRole("row").filter({ hasText: unpriced }).getByRole("cell", { name: "No price" }).waitFor();
    await page.getByText(`${unpriced}No price`).waitFor();
    await screenshot(page, "usage-6-without-price");
    expect(faults).toEqual([]);
  });

  it("and the playground are reached in order by the keyboard", async () => {
    await goTo(`/playground?model=${small}`);
    await page.getByRole("combobox", { name: "Model" }).focus();
    const focused = () =>
      page.evaluate<string>(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()",
      );
    const order: string[] = [];
    for (let presses = 0; presses < 30 && order.at(-1) !== "Attach pictures"; presses++) {
      await page.keyboard.press("Tab");
      order.push(await focused());
      await expect.poll(() => page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).not.toBe("none");
    }
    expect(order.slice(0, 2)).toEqual(["Model as code", "Compare"]);
    expect(order.slice(-2)).toEqual(["Your message", "Attach pictures"]);
    expect(faults).toEqual([]);
  });
});

describe("signing out", () => {
  it("leaves nothing of the conversation in the browser", async () => {
    const stored = () => page.evaluate<string>("JSON.stringify(localStorage)");
    await page.getByLabel("Your message").fill("Nobody else may read this");
    await expect.poll(stored).toContain("Nobody else may read this");
    await signOut(page);
    expect(await stored()).not.toContain("llm-tuner.playground");
    expect(faults).toEqual([]);
  });
});
