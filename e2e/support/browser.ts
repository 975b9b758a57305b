import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { expect } from "vitest";

/** How long a machine with other work to do may take for one step in a browser. */
export const patienceMs = 90_000;

/** Where distributions put Chromium; CHROMIUM names another one. */
const candidates = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
];

const executable = (): string => {
  const path = process.env["CHROMIUM"] ?? candidates.find((candidate) => existsSync(candidate));
  if (path === undefined)
    throw new Error("No Chromium was found. Install it (apt-get install chromium) or name one in CHROMIUM.");
  return path;
};

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executable(),
    args: [
      // Chromium refuses to run its sandbox as root, which is what a container usually is.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

const screenshots = join(import.meta.dirname, "../screenshots");

const isKept = process.env["SCREENSHOTS"] !== undefined;

const keep = async (page: Page, name: string): Promise<void> => {
  if (!isKept) return;
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: false });
};

/** Only a part of a page that says so may scroll sideways, never the page itself. */
const pixelsBeyond = (page: Page): Promise<number> =>
  page.evaluate<number>(
    "Math.max(...[document.documentElement, ...document.querySelectorAll('main, [role=dialog]')].map((part) => part.scrollWidth - part.clientWidth))",
  );

/**
 * Shows the page in both themes; with `phone`, also as narrow as a phone, which it must fit. With
 * SCREENSHOTS set, a picture of each is kept.
 */
export const screenshot = async (page: Page, name: string, { phone = false } = {}): Promise<void> => {
  const desktop = page.viewportSize();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await keep(page, `${name}-${colorScheme}`);
  }
  if (!phone || desktop === null) return;
  await page.setViewportSize({ width: 390, height: 844 });
  await keep(page, `${name}-phone`);
  await expect
    .poll(() => pixelsBeyond(page), { message: `how much wider ${name} is than a phone` })
    .toBeLessThanOrEqual(0);
  await page.setViewportSize(desktop);
};

/** The longest that an answer of the platform is held back; none is without LATE_MS. */
const lateMs = Number(process.env["LATE_MS"] ?? 0);

/**
 * Holds every request back for a time of its own, so that answers and parts of pages come late and in another order
 * than they were asked for: what a page does with early clicks and typing shows only then.
 */
const beLate = async (context: BrowserContext): Promise<void> => {
  if (lateMs === 0) return;
  await context.route("**/*", async (route) => {
    await setTimeout(Math.random() * lateMs);
    await route.fallback();
  });
};

/**
 * A page in a browser profile of its own that remembers what must not happen: errors in scripts, violations of the
 * content security policy, and requests to other hosts.
 */
export const watchedPage = async (
  browser: Browser,
  origin: () => string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[] }> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(patienceMs);
  await beLate(context);
  const faults: string[] = [];
  context.on("weberror", (error) => faults.push(error.error().message));
  context.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("the server responded with a status of 4"))
      faults.push(message.text());
  });
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin()}/`) && !url.startsWith("blob:")) faults.push(`asked another host: ${url}`);
  });
  return { page: await context.newPage(), faults };
};
