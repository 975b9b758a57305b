import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";

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

/** Keeps the page as it looks in both themes. */
export const screenshot = async (page: Page, name: string): Promise<void> => {
  await mkdir(screenshots, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}.png`), fullPage: false });
  }
};
