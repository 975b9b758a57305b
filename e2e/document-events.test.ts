import { StartedDocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDocumentHost } from "../server/src/documents/jobs/testing/document-host.ts";
import { letterAbout } from "../server/src/documents/jobs/testing/tiny-pdf.ts";
import { launchBrowser, patienceMs, watchedPage } from "./support/browser.ts";
import { startCuttingProxy } from "./support/cutting-proxy.ts";
import { signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

const documentCount = 12;

let platform: Platform;
let proxy: Awaited<ReturnType<typeof startCuttingProxy>>;
let host: Awaited<ReturnType<typeof startDocumentHost>>;
let browser: Browser;
let page: Page;
/** While it is true the host lets its last documents wait, so that the job goes on. */
let isHeld = true;
const held: (() => void)[] = [];

beforeAll(async () => {
  host = await startDocumentHost((request, response) => {
    const number = Number(/\d+$/.exec(request.url ?? "")?.[0]);
    const answer = () => void response.end(letterAbout(number));
    if (isHeld && number >= documentCount - 2) held.push(answer);
    else answer();
  });
  proxy = await startCuttingProxy(() => platform.origin);
  [platform, browser] = await Promise.all([
    Platform.start({ PUBLIC_URL: proxy.origin, DOCUMENTS_INSIDE_HOSTS: host.name }),
    launchBrowser(),
  ]);
  ({ page } = await watchedPage(browser, () => proxy.origin));
  await signUp(page, proxy.origin, "ada@example.org");
  await page.getByText("No runs yet").waitFor();
});

afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await Promise.all([platform?.dispose(), host?.close()]);
});

async function startBatch(): Promise<string> {
  const urls = Array.from({ length: documentCount }, (_, index) => host.url(`/letter/${index}`));
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", "x-session-mode": "cookie" },
    body: JSON.stringify({ urls }),
  };
  const script = `fetch("/api/process/process-batch", ${JSON.stringify(init)}).then((answer) => answer.json())`;
  return StartedDocumentJob.parse(await page.evaluate(script)).job_id;
}

describe("a job that is watched over a bad line", { timeout: patienceMs * 4 }, () => {
  it("has no event lost or told twice, through cuts within an event and a server that is killed", async () => {
    const restart = async () => {
      await platform.end("SIGKILL");
      await platform.startProcess();
    };
    proxy.cuts.push({ events: 0 }, { events: 1 }, { events: 2, meanwhile: restart });
    await page.goto(`${proxy.origin}/documents/jobs/${await startBatch()}`);
    await expect.poll(() => proxy.connections.length).toBeGreaterThanOrEqual(4);
    isHeld = false;
    for (const answer of held.splice(0)) answer();

    await page.locator("dl > div").filter({ hasText: "Status" }).getByText("Completed", { exact: true }).waitFor();
    await page.getByRole("button", { name: `Tagged ${documentCount}` }).waitFor();
    await expect.poll(() => page.getByRole("row").count()).toBe(documentCount + 1);

    // Each time it asks for what follows the last that it has heard of, and gets nothing else.
    const heard = proxy.connections.map(({ after }) => Number(after ?? 0));
    expect(heard).toEqual(heard.toSorted((one, other) => one - other));
    expect(proxy.connections.flatMap(({ ids }) => ids)).toContain(heard.at(-1));
    for (const [index, { ids }] of proxy.connections.entries())
      expect([heard[index], ...ids]).toEqual(
        [...new Set([heard[index], ...ids])].toSorted((one = 0, other = 0) => one - other),
      );
    expect(proxy.connections.slice(0, 3).map((connection) => connection.ids.length)).toEqual([0, 1, 2]);
    expect(proxy.cuts).toEqual([]);
  });
});
