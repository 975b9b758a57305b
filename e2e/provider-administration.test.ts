import { UsageRequestDetail } from "@llm-tuner/contract/usage.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { FakeProvider } from "./fakes/fake-provider.ts";
import { startFakeOpenAi } from "./fakes/openai/openai.ts";
import { launchBrowser, screenshot, watchedPage } from "./support/browser.ts";
import { press, signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

const ada = "ada@example.org";
const phone = { phone: true };
const workshopKey = "sk-workshop-1234";

let platform: Platform;
let browser: Browser;
let workshop: FakeProvider;
let openai: FakeProvider;
/** The administrator's browser; each test goes on where the one before ended. */
let page: Page;
let faults: string[];
let apiKey = "";

beforeAll(async () => {
  [platform, browser, workshop, openai] = await Promise.all([
    Platform.start({ RATE_LIMIT_AUTH_PER_MINUTE: "1000" }),
    launchBrowser(),
    startFakeOpenAi({ apiKey: workshopKey }),
    startFakeOpenAi({ apiKey: "sk-usual-9876" }),
  ]);
  ({ page, faults } = await watchedPage(browser, () => platform.origin));
  await signUp(page, platform.origin, ada);
  await page.getByText("No runs yet").waitFor();
  await page.goto(await platform.setupUrl());
  await press(page, "Become the administrator");
  await page.getByText("You are an administrator").waitFor();
});

afterAll(async () => {
  await Promise.all([browser?.close(), platform?.dispose(), workshop?.close(), openai?.close()]);
});

const section = (name: string): Promise<void> => page.getByRole("link", { name, exact: true }).click();
const field = (name: string) => page.getByRole("dialog").getByLabel(name, { exact: true });
const act = async (on: string, word: string): Promise<void> => {
  await press(page, `Actions on ${on}`);
  await page.getByRole("menuitem", { name: word }).click();
};
const rowOf = (name: string) => page.getByRole("row").filter({ hasText: name });

/** Asks as a program does, and gives the answer's text with the number under which it is billed. */
const chat = async (model: string): Promise<{ content: string; requestId: string }> => {
  const response = await fetch(`${platform.origin}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Say hello to the shop." }] }),
  });
  expect(response.status, await response.clone().text()).toBe(200);
  const answer = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })) });
  const { choices } = answer.parse(await response.json());
  return { content: choices[0]?.message.content ?? "", requestId: response.headers.get("x-request-id") ?? "" };
};

/** The bill of a request, which is written a moment after the answer. */
const billOf = async (requestId: string): Promise<UsageRequestDetail> => {
  const bill = async (): Promise<UsageRequestDetail | undefined> => {
    const response = await fetch(`${platform.origin}/api/v1/usage/requests/${requestId}`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    return response.ok ? UsageRequestDetail.parse(await response.json()) : undefined;
  };
  await expect.poll(bill).toBeDefined();
  return UsageRequestDetail.parse(await bill());
};

describe("administration of providers in a browser", () => {
  it("connects a provider, and says beside the field what is refused", async () => {
    await page.goto(`${platform.origin}/admin/providers`);
    await page.getByText("No providers yet").waitFor();
    await screenshot(page, "providers-1-empty", phone);
    await press(page, "Connect a provider");
    await page.getByText("It begins with sk-.").waitFor();
    await expect.poll(() => field("Name").inputValue()).toBe("openai");
    await field("Kind").selectOption("openai-compatible");
    await expect.poll(() => field("Name").inputValue()).toBe("");
    await field("Name").fill("My Workshop");
    await press(page, "Connect");
    await page.getByText("must be lower-case letters").waitFor();
    await field("Name").fill("workshop");
    await field("Kind").selectOption("anthropic");
    await page.getByText("It begins with sk-ant-.").waitFor();
    await expect.poll(() => field("Name").inputValue()).toBe("workshop");
    await field("Kind").selectOption("openai-compatible");
    await field("Address").fill("http://example.org");
    await field("API key").fill("sk-wrong-0000");
    await press(page, "Connect");
    await page.getByText("without TLS only this very machine").waitFor();
    await expect.poll(() => field("Address").getAttribute("aria-invalid")).toBe("true");
    await screenshot(page, "providers-2-connect", phone);
    await field("Address").fill(`${workshop.origin}/v1`);
    await press(page, "Connect");
    await page.getByRole("heading", { name: "workshop" }).waitFor();
    await page.getByText("…0000").first().waitFor();
    expect(faults).toEqual([]);
  });

  it("checks it in words, and takes a new key that is never shown", async () => {
    await press(page, "Check");
    await page.getByText("Wrong API key").waitFor();
    await screenshot(page, "providers-3-wrong-key");
    await act("workshop", "Replace the API key");
    await field("New API key").fill(workshopKey);
    await press(page, "Replace the key");
    await page.getByText("…1234").first().waitFor();
    await page.getByText("Wrong API key").waitFor({ state: "detached" });
    await press(page, "Check");
    await page.getByText("It answers").waitFor();
    await act("workshop", "Edit");
    await field("Address").fill(workshop.origin.replace("127.0.0.1", "localhost"));
    await press(page, "Save");
    await page.getByText("Another server needs its own API key.").waitFor();
    await expect.poll(() => field("New API key").getAttribute("aria-invalid")).toBe("true");
    await press(page, "Cancel");
    expect(await page.content()).not.toContain(workshopKey);
    expect(workshop.requests().at(-1)?.headers["authorization"]).toBe(`Bearer ${workshopKey}`);
    expect(faults).toEqual([]);
  });

  it("offers models from the provider's own list and by hand, and sets a price where there is none", async () => {
    await page.getByText("No models on offer").waitFor();
    await press(page, "Import from the provider");
    await page.getByRole("dialog").getByLabel("Search").fill("gpt-4");
    await page.getByLabel("gpt-4o-mini").check();
    await page.getByLabel("gpt-4.1", { exact: true }).check();
    await page.getByText("2 chosen").waitFor();
    await screenshot(page, "providers-4-import", phone);
    await press(page, "Offer them");
    await rowOf("gpt-4o-mini").getByText("No price").waitFor();
    await press(page, "Add by hand");
    await field("Model").fill("o*3");
    await press(page, "Offer the model");
    await page.getByText("elsewhere than at the end").waitFor();
    await field("Model").fill("o3*");
    await field("Context window").fill("200000");
    await field("To the first piece").fill("0.5");
    await press(page, "Offer the model");
    await page.getByText("Must be from 1 to 86,400 seconds").waitFor();
    await field("To the first piece").fill("30");
    await screenshot(page, "providers-5-by-hand", phone);
    await press(page, "Offer the model");
    await rowOf("o3*").getByText("first piece 30 s").waitFor();
    await rowOf("o3*").getByText("By the name asked for").waitFor();
    await press(page, "Set a price of gpt-4o-mini");
    await expect.poll(() => field("Provider").inputValue()).toBe("workshop");
    await field("Input").fill("0,15");
    await press(page, "Set the price");
    await page.getByText("Must be USD per million tokens such as 0.15").waitFor();
    await field("Input").fill("0.15");
    await field("Output").fill("0.6");
    await screenshot(page, "providers-6-price", phone);
    await press(page, "Set the price");
    await rowOf("gpt-4o-mini").getByText("$0.15 in · $0.60 out").waitFor();
    await page.getByText("The price of gpt-4o-mini at workshop is set.").waitFor();
    await screenshot(page, "providers-7-models", phone);
    expect(faults).toEqual([]);
  });

  it("makes a route with a fallback by keyboard, and says which model of it is unknown", async () => {
    await section("Providers");
    await press(page, "Connect a provider");
    await field("Address").fill(openai.origin);
    await field("API key").fill("sk-usual-9876");
    await press(page, "Connect");
    await rowOf("gpt-4.1-mini").waitFor();
    await screenshot(page, "providers-8-catalogue", phone);
    await section("Routes");
    await press(page, "New route");
    await field("Name").fill("fast");
    await field("Name of model 1 of step 1").fill("gpt-4.1-mini");
    await press(page, "Add a fallback");
    await field("Name of model 1 of step 2").fill("workshop/gpt-4o-mini");
    await press(page, "Add a model to step 2");
    await field("Name of model 2 of step 2").fill("gpt-unknown");
    await field("Weight of model 1 of step 2").fill("3");
    await press(page, "Create route");
    await page.getByText("No model gpt-unknown is on offer").waitFor();
    await expect.poll(() => field("Name of model 2 of step 2").getAttribute("aria-invalid")).toBe("true");
    await screenshot(page, "routes-1-refused", phone);
    await press(page, "Remove model 2 of step 2");
    await page.getByRole("button", { name: "Move step 2 up" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Step 2 is now step 1.").waitFor({ state: "attached" });
    await expect.poll(() => field("Name of model 1 of step 1").inputValue()).toBe("workshop/gpt-4o-mini");
    // The step took the focus along; at the top it can only be moved down.
    await expect
      .poll(() => page.evaluate("document.activeElement.getAttribute('aria-label')"))
      .toBe("Move step 1 down");
    await press(page, "Add a model to step 2");
    await field("Name of model 2 of step 2").fill("openai/gpt-4.1-mini");
    await field("Weight of model 2 of step 2").fill("3");
    await page.getByText("75 %").waitFor();
    await press(page, "Create route");
    await page
      .getByRole("list", { name: "first workshop/gpt-4o-mini; then 25 % gpt-4.1-mini, 75 % openai/gpt-4.1-mini" })
      .waitFor();
    await screenshot(page, "routes-2-list", phone);
    expect(faults).toEqual([]);
  });

  it("answers programs by the route, and bills by the price to the nano-dollar", async () => {
    await section("Keys");
    await page.getByRole("button", { name: "New key" }).first().click();
    await page.getByLabel("Name").fill("Shop");
    await page.getByLabel("Read usage").check();
    await press(page, "Create key");
    apiKey = await page.getByRole("status").locator("code").innerText();
    await press(page, "I have stored it");

    const first = await chat("fast");
    expect(first.content).not.toBe("");
    expect(openai.calls()).toHaveLength(0);
    const call = workshop.calls().at(-1);
    if (call?.event !== "ended") throw new Error("the call has not ended");
    const bill = await billOf(first.requestId);
    // 0.15 USD a million are 150 nano-USD a token, 0.6 are 600.
    const { inputUncached, outputText } = call.usage;
    expect(bill).toMatchObject({
      provider: "workshop",
      price_model: "gpt-4o-mini",
      usage: { input_uncached: inputUncached, output_text: outputText },
      cost_nano_usd: inputUncached * 150 + outputText * 600,
    });
    expect(bill.price).toMatchObject({ origin: "admin", rates: { input_uncached: "150", output_text: "600" } });

    workshop.behave({ error: { status: 503 } });
    const second = await chat("fast");
    workshop.clear();
    expect(second.content).not.toBe("");
    expect(openai.calls().map(({ model }) => model)).toEqual(["gpt-4.1-mini"]);
    expect(await billOf(second.requestId)).toMatchObject({ provider: "openai", price_model: "gpt-4.1-mini" });
  });

  it("raises the alarm of a model without a price, and bills its requests when there is one", async () => {
    const { requestId } = await chat("workshop/gpt-4.1");
    expect(await billOf(requestId)).toMatchObject({ cost_nano_usd: null });
    await page.goto(`${platform.origin}/admin/prices`);
    const alarm = page.getByRole("region", { name: "Models without a price" });
    await alarm.getByText("gpt-4.1").waitFor();
    await screenshot(page, "prices-1-alarm", phone);
    await press(page, "Set a price of gpt-4.1");
    await expect.poll(() => field("Holds from").inputValue()).not.toBe("");
    await field("Input").fill("2");
    await field("Output").fill("8");
    await field("Source").fill("the workshop's contract");
    await press(page, "Set the price");
    await press(page, "Bill the requests to gpt-4.1");
    await page.getByRole("alertdialog").getByText("1 request since").waitFor();
    await screenshot(page, "prices-2-bill");
    await page.getByRole("alertdialog").getByRole("button", { name: "Bill them" }).click();
    await alarm.waitFor({ state: "detached" });
    const { usage, cost_nano_usd } = await billOf(requestId);
    expect(cost_nano_usd).toBe(usage.input_uncached * 2000 + usage.output_text * 8000);
    expect(faults).toEqual([]);
  });

  it("keeps every version of a price, and ends one", async () => {
    await page.getByLabel("Provider").fill("workshop");
    await page.waitForURL(/provider=workshop/);
    await rowOf("gpt-4.1").getByText("the workshop's contract").waitFor();
    await act("the price of gpt-4o-mini", "Set a new price");
    await expect.poll(() => field("Output").inputValue()).toBe("0.6");
    await field("Output").fill("0.75");
    await press(page, "Set the price");
    await page.getByText("$0.75").waitFor();
    await act("the price of gpt-4o-mini", "History");
    await page.waitForURL(/versions=all/);
    await page.getByText("Ended", { exact: true }).waitFor();
    await page.getByText("$0.60").waitFor();
    await screenshot(page, "prices-3-history", phone);
    await page
      .getByRole("row")
      .filter({ hasText: "$0.75" })
      .getByRole("button", { name: "Actions on the price of gpt-4o-mini" })
      .click();
    await page.getByRole("menuitem", { name: "End" }).click();
    await press(page, "End the price");
    await page.getByText("Holds", { exact: true }).waitFor({ state: "detached" });
    expect(faults).toEqual([]);
  });

  it("says what hangs on a connection before it goes", async () => {
    await section("Providers");
    await screenshot(page, "providers-9-list", phone);
    await page.getByRole("link", { name: "workshop", exact: true }).click();
    await act("workshop", "Disable");
    await press(page, "Disable the connection");
    await page.getByText("Connection off").first().waitFor();
    await act("workshop", "Enable");
    await rowOf("o3*").getByText("On offer").waitFor();
    await act("workshop", "Remove");
    await page.getByText("The route fast loses workshop/gpt-4o-mini.").waitFor();
    await screenshot(page, "providers-10-remove", phone);
    await press(page, "Remove the connection");
    await page.getByText("The connection workshop is removed.").waitFor();
    await page.getByRole("link", { name: "workshop", exact: true }).waitFor({ state: "detached" });
    const { content } = await chat("fast");
    expect(content).not.toBe("");
    expect(faults).toEqual([]);
  });

  it("shows what the settings of the server connect, and changes only what it offers", async () => {
    const other = await Platform.start({ GEMINI_API_KEY: "AIza-of-the-environment" });
    try {
      const { page, faults } = await watchedPage(browser, () => other.origin);
      await signUp(page, other.origin, ada);
      await page.getByText("No runs yet").waitFor();
      await page.goto(await other.setupUrl());
      await press(page, "Become the administrator");
      await page.getByText("You are an administrator").waitFor();
      await page.goto(`${other.origin}/admin/providers`);
      await page.getByRole("row").filter({ hasText: "Environment (GEMINI_API_KEY)" }).getByRole("link").click();
      await page.getByText("This connection comes from the setting GEMINI_API_KEY").waitFor();
      await expect.poll(() => page.getByRole("button", { name: "Actions on gemini", exact: true }).count()).toBe(0);
      await page.getByLabel("Search").fill("gemini-2.5-flash-lite");
      await page.waitForURL(/search=gemini/);
      const acts = page.getByRole("button", { name: "Actions on gemini-2.5-flash-lite", exact: true });
      await acts.click();
      await page.getByRole("menuitem", { name: "Disable" }).click();
      await page.getByText("Known, changed").waitFor();
      await screenshot(page, "providers-11-environment", phone);
      await acts.click();
      await page.getByRole("menuitem", { name: "Undo changes" }).click();
      await press(page, "Undo the changes");
      await page.getByText("Known, changed").waitFor({ state: "detached" });
      expect(faults).toEqual([]);
    } finally {
      await other.dispose();
    }
  });

  it("shows these pages to nobody else", async () => {
    const other = await watchedPage(browser, () => platform.origin);
    await signUp(other.page, platform.origin, "linus@example.org");
    await other.page.getByText("No runs yet").waitFor();
    for (const path of ["providers", "routes", "prices"]) {
      await other.page.goto(`${platform.origin}/admin/${path}`);
      await other.page.getByText("Only for administrators").waitFor();
    }
    expect(other.faults).toEqual([]);
  });
});
