import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

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

/** Keeps the page as it looks in both themes; with `phone`, also as narrow as a phone shows it. */
export const screenshot = async (page: Page, name: string, { phone = false } = {}): Promise<void> => {
  await mkdir(screenshots, { recursive: true });
  const desktop = page.viewportSize();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}.png`), fullPage: false });
  }
  if (!phone || desktop === null) return;
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: join(screenshots, `${name}-phone.png`), fullPage: false });
  // Only a part of a page that says so may scroll sideways, never the page itself.
  const beyond = await page.evaluate<number>(
    "Math.max(...[document.documentElement, ...document.querySelectorAll('main, [role=dialog]')].map((part) => part.scrollWidth - part.clientWidth))",
  );
  if (beyond > 0) throw new Error(`${name} is ${beyond} pixels wider than a phone`);
  await page.setViewportSize(desktop);
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
