import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { chooseOcrLanguages, installedOcrLanguages } from "./ocr-languages.ts";

it("finds the languages whose packages are installed", async () => {
  const installed = await installedOcrLanguages();
  expect(installed.map(({ code }) => code)).toEqual(expect.arrayContaining(["en", "de", "fr", "es"]));
  expect(installed.every(({ path }) => existsSync(path))).toBe(true);
});

it("chooses by the code of a language or the name of a model, and says what is missing", () => {
  const of = (code: string, model: string) => ({ code, model, path: "" });
  const installed = [of("en", "eng"), of("de", "deu"), of("chi_tra", "chi_tra")];
  expect(chooseOcrLanguages(installed, ["de-AT", "xx", "ru"])).toEqual({
    chosen: [of("de", "deu")],
    missing: ["xx", "ru"],
  });
  expect(chooseOcrLanguages(installed, ["chi_tra", "eng"]).chosen.map(({ model }) => model)).toEqual([
    "eng",
    "chi_tra",
  ]);
});
