import { ProcessBatchForm, ProcessBatchRequest } from "@llm-tuner/contract/document-jobs.ts";
import { describe, expect, it } from "vitest";
import { AddValues, addressFault, addressesOf, formOf, initialValues, optionsOf } from "./add-values.ts";

const all: AddValues = {
  name: "Invoices",
  tagger: "model",
  model: "gpt-4o-mini",
  languages: ["en", "de"],
  maxTags: "7",
  mode: "closed",
  closedTags: "invoice\ncontract, letter;",
  autoAccept: "existing",
  ocr: "always",
  ocrLanguages: ["de"],
  budgetUsd: "2.5",
  urlColumn: "Link",
};

describe("the options of a new job", () => {
  it("leave to the platform what the person has left alone", () => {
    expect(optionsOf(initialValues)).toEqual({
      max_tags: 10,
      mode: "prefer_existing",
      auto_accept: "none",
      ocr: "auto",
    });
  });

  it("are what the contract takes", () => {
    const request = { ...optionsOf(all), urls: ["https://example.org/a.pdf"] };
    expect(ProcessBatchRequest.parse(request)).toEqual({ ...request, dry_run: false });
    expect(request.tags).toEqual(["invoice", "contract", "letter"]);
    expect(optionsOf({ ...all, tagger: "offline" }).tagger).toBe("offline");
  });

  it("say the same as a form, with the files behind them", () => {
    const form = formOf(optionsOf(all), [new File(["%PDF"], "a.pdf")], true);
    const fields = [...form].filter(([, value]) => typeof value === "string");
    expect(ProcessBatchForm.parse(Object.fromEntries(fields))).toEqual({ ...optionsOf(all), dry_run: true });
    expect([...form.keys()].at(-1)).toBe("file");
  });

  it("forget a closed list where the mode is another, and languages of a recognition that is off", () => {
    expect(optionsOf({ ...all, mode: "free" })).not.toHaveProperty("tags");
    expect(optionsOf({ ...all, ocr: "off" })).not.toHaveProperty("ocr_languages");
  });

  it.each([
    [{ maxTags: "0" }, "maxTags"],
    [{ maxTags: "ten" }, "maxTags"],
    [{ budgetUsd: "-1" }, "budgetUsd"],
    [{ tagger: "model" as const, model: "" }, "model"],
    [{ closedTags: "a|b" }, "closedTags"],
    [{ closedTags: "x".repeat(61) }, "closedTags"],
  ])("%j is refused at %s", (change, field) => {
    const parsed = AddValues.safeParse({ ...all, ...change });
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toEqual([field]);
  });
});

describe("pasted addresses", () => {
  it("are found once each, whatever stands between them", () => {
    const text = 'https://a.example/1.pdf\n"https://a.example/2.pdf", https://a.example/1.pdf;<http://b.example>';
    expect(addressesOf(text)).toEqual(["https://a.example/1.pdf", "https://a.example/2.pdf", "http://b.example"]);
    expect(addressesOf(" \n ")).toEqual([]);
  });

  it("are fine as long as each begins as one", () => {
    expect(addressFault(["https://a.example/1.pdf", "HTTP://b.example/x"])).toBeUndefined();
  });

  it.each([
    [["ftp://a.example/1.pdf"], "ftp://a.example/1.pdf"],
    [["https://a.example", "invoice.pdf"], "invoice.pdf"],
    [["https://"], "https://"],
  ])("%j: the first that is none is named", (addresses, named) => {
    expect(addressFault(addresses)).toContain(named);
  });
});
