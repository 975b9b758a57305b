import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, watchedPage } from "./support/browser.ts";
import { startHttpsProxy, type HttpsProxy } from "./support/https-proxy.ts";
import { signOut, signUp } from "./support/people.ts";
import { Platform } from "./support/platform.ts";

let proxy: HttpsProxy;
let platform: Platform;
let browser: Browser;

beforeAll(async () => {
  proxy = await startHttpsProxy();
  [platform, browser] = await Promise.all([
    Platform.start({ TRUSTED_PROXIES: "127.0.0.1", PUBLIC_URL: proxy.origin }),
    launchBrowser(),
  ]);
  proxy.forwardTo(platform.origin);
});

afterAll(async () => {
  await Promise.all([browser?.close(), platform?.dispose(), proxy?.close()]);
});

describe("the session of the web client behind an https proxy", () => {
  it("SEC-16: lives in __Host- cookies that no script can read; storage holds no token", async () => {
    const { page, faults } = await watchedPage(browser, () => proxy.origin, { ignoreHTTPSErrors: true });
    const bodies: Promise<string>[] = [];
    page.on("response", (response) => {
      if (response.url().includes("/api/auth/")) bodies.push(response.text().catch(() => ""));
    });
    await signUp(page, proxy.origin, "ada@example.org");
    await page.getByText("No runs yet").waitFor();

    const cookies = await page.context().cookies();
    const access = cookies.find(({ name }) => name === "__Host-llm-tuner-access");
    expect(access).toMatchObject({ httpOnly: true, secure: true, sameSite: "Lax", path: "/", domain: "localhost" });
    const refresh = cookies.find(({ name }) => name === "__Secure-llm-tuner-refresh");
    expect(refresh).toMatchObject({ httpOnly: true, secure: true, sameSite: "Strict", path: "/api/auth/refresh" });

    // As text, for these tests are checked without the types of a browser.
    const readable = await page.evaluate<string>(
      "JSON.stringify([document.cookie, Object.entries(localStorage), Object.entries(sessionStorage)])",
    );
    const answers = (await Promise.all(bodies)).join("\n");
    expect(readable).toContain("ada@example.org");
    for (const secret of [access?.value, refresh?.value]) {
      expect(secret?.length).toBeGreaterThan(20);
      expect(readable).not.toContain(secret);
      expect(answers).not.toContain(secret);
    }
    expect(readable).not.toMatch(/eyJ|token/i);
    expect(answers).toContain("ada@example.org");

    // Tokens that a former version left behind are removed by the first page of this one.
    await page.evaluate(() => localStorage.setItem("llm-tuner.session", '{"accessToken":"left"}'));
    await page.reload();
    await page.getByText("No runs yet").waitFor();
    await expect.poll(() => page.evaluate(() => localStorage.getItem("llm-tuner.session"))).toBeNull();

    await signOut(page);
    expect((await page.context().cookies()).map(({ name }) => name).filter((name) => /llm-tuner/.test(name))).toEqual(
      [],
    );
    expect(faults).toEqual([]);
  });

  it("SEC-19: goes on to a page of this installation after signing in, and to no other", async () => {
    const { page, faults } = await watchedPage(browser, () => proxy.origin, { ignoreHTTPSErrors: true });
    await signUp(page, proxy.origin, "linus@example.org");
    await page.getByText("No runs yet").waitFor();
    for (const [wanted, path] of [
      ["/models", "/models"],
      ["https://evil.example/", "/tuning"],
      ["//evil.example", "/tuning"],
      ["/\\evil.example", "/tuning"],
      ["javascript:alert(1)", "/tuning"],
    ] as const) {
      await page.goto(`${proxy.origin}/sign-in?return_to=${encodeURIComponent(wanted)}`);
      await page.waitForURL(`${proxy.origin}${path}`);
    }
    expect(faults).toEqual([]);
  });

  it("is renewed once for all tabs when the access cookie is gone, and ends at the sign-in page when it cannot be", async () => {
    const { page, faults } = await watchedPage(browser, () => proxy.origin, { ignoreHTTPSErrors: true });
    await signUp(page, proxy.origin, "grace@example.org");
    await page.getByText("No runs yet").waitFor();
    const context = page.context();
    let renewals = 0;
    context.on("request", (request) => {
      if (request.url().endsWith("/api/auth/refresh")) renewals++;
    });
    await context.clearCookies({ name: "__Host-llm-tuner-access" });
    await page.goto(`${proxy.origin}/models`);
    await page.getByText("No models yet").waitFor();
    expect(renewals).toBe(1);

    // Nearly over by the clock of the page: both tabs want to renew, one does.
    await page.evaluate(() => {
      const key = "llm-tuner.signed-in";
      const marker = JSON.parse(localStorage.getItem(key) ?? "{}");
      localStorage.setItem(key, JSON.stringify({ ...marker, expiresAt: Date.now() + 1000 }));
    });
    const second = await context.newPage();
    await Promise.all([page.goto(`${proxy.origin}/keys`), second.goto(`${proxy.origin}/models`)]);
    await Promise.all([page.getByText("No keys yet").waitFor(), second.getByText("No models yet").waitFor()]);
    expect(renewals).toBe(2);

    await context.clearCookies();
    await page.goto(`${proxy.origin}/models`);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await second.getByRole("button", { name: "Sign in" }).waitFor();
    expect(faults).toEqual([]);
  });
});
