import type { Page } from "playwright-core";
import { findRunningPostgres } from "../../server/src/platform/database/embedded/running-postgres.ts";
import { createPgDatabase } from "../../server/src/platform/database/pg-database.ts";
import { silentLog } from "../../server/src/platform/log/log.ts";
import type { Platform } from "./platform.ts";

export const password = "a long sentence is a good password";

export const signUp = async (page: Page, url: string, email: string): Promise<void> => {
  await page.goto(url);
  await page.getByRole("button", { name: "I am new here" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
};

export const signIn = async (page: Page, url: string, email: string, word = password): Promise<void> => {
  await page.goto(url);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(word);
  await page.getByRole("button", { name: "Sign in" }).click();
};

export const signOut = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
};

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole("button", { name, exact: true }).click();

/** Everybody signed in a day earlier: nothing that needs a recent sign-in goes on by itself any more. */
export const ageSignIns = async ({ dataDir }: Platform): Promise<void> => {
  const url = await findRunningPostgres({ dataDirectory: dataDir });
  const database = createPgDatabase({ url, log: silentLog, poolSize: 1 });
  try {
    await database.execute("update sessions set authenticated_at = authenticated_at - interval '1 day'");
  } finally {
    await database.close();
  }
};

/** Sets a password by a link of a mail: a forgotten one anew, or the first one of somebody who was invited. */
export const setPasswordByLink = async (page: Page, link: string, word: string): Promise<void> => {
  await page.goto(link);
  await page.getByLabel("New password").fill(word);
  await press(page, "Set the password");
  await page.getByRole("heading", { name: "Your new password holds" }).waitFor();
};
