import { TagMode, type ProcessBatchRequest } from "@llm-tuner/contract/document-jobs.ts";
import { TagName } from "@llm-tuner/contract/tags.ts";
import { offlineTagger } from "@llm-tuner/contract/tagging.ts";
import { z } from "zod";

const partsOf = (text: string): string[] =>
  text
    .split(/[\n,;]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");

const maxClosedTags = 500;

/** Why a closed list cannot be sent as it is. */
const closedListFault = (text: string): string | undefined => {
  const tags = partsOf(text);
  if (tags.length > maxClosedTags) return `At most ${maxClosedTags} tags.`;
  const wrong = tags.find((tag) => !TagName.safeParse(tag).success);
  return wrong === undefined
    ? undefined
    : `“${wrong.slice(0, 80)}” is too long or holds a character that no tag may have.`;
};

const withFault = (faultOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = faultOf(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

const isBudget = (text: string): boolean => text === "" || (Number(text) > 0 && Number(text) <= 1_000_000);
const isMaxTags = (text: string): boolean => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 30;

/** What the form of a new job holds; an empty field leaves it to the platform. */
export const AddValues = z
  .object({
    name: z.string().trim().max(200),
    /** `settings` takes whoever stands in the tagging settings. */
    tagger: z.enum(["settings", "offline", "model"]),
    model: z.string(),
    languages: z.array(z.string()).max(5),
    maxTags: z.string().refine(isMaxTags, { message: "Between 1 and 30." }),
    mode: TagMode,
    closedTags: withFault(closedListFault),
    autoAccept: z.enum(["none", "existing", "all"]),
    ocr: z.enum(["auto", "off", "always"]),
    ocrLanguages: z.array(z.string()).max(4),
    budgetUsd: z.string().refine(isBudget, { message: "More than 0, at most 1,000,000 US dollars." }),
    urlColumn: z.string().trim().max(500),
  })
  .refine(({ tagger, model }) => tagger !== "model" || model !== "", {
    path: ["model"],
    message: "Choose a model.",
  });
export type AddValues = z.infer<typeof AddValues>;

export const initialValues: AddValues = {
  name: "",
  tagger: "settings",
  model: "",
  languages: [],
  maxTags: "10",
  mode: "prefer_existing",
  closedTags: "",
  autoAccept: "none",
  ocr: "auto",
  ocrLanguages: [],
  budgetUsd: "",
  urlColumn: "",
};

type Options = Omit<ProcessBatchRequest, "spreadsheet_url" | "urls" | "dry_run">;

const taggerOf = ({ tagger, model }: AddValues): { tagger?: string } =>
  tagger === "settings" ? {} : { tagger: tagger === "offline" ? offlineTagger : model };

/** The options of the request; those that are left to the platform are not part of it. */
export const optionsOf = (values: AddValues): Options => {
  const closed = partsOf(values.closedTags);
  return {
    ...(values.name === "" ? {} : { name: values.name }),
    ...taggerOf(values),
    ...(values.languages.length === 0 ? {} : { languages: values.languages }),
    max_tags: Number(values.maxTags),
    mode: values.mode,
    ...(values.mode === "closed" && closed.length > 0 ? { tags: closed } : {}),
    auto_accept: values.autoAccept,
    ocr: values.ocr,
    ...(values.ocr === "off" || values.ocrLanguages.length === 0 ? {} : { ocr_languages: values.ocrLanguages }),
    ...(values.budgetUsd === "" ? {} : { budget_usd: Number(values.budgetUsd) }),
    ...(values.urlColumn === "" ? {} : { url_column: values.urlColumn }),
  };
};

/** The same as fields of a form, where lists are separated by commas; the files come last, as multipart wants it. */
export const formOf = (options: Options, files: readonly File[], dryRun: boolean): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...options, ...(dryRun ? { dry_run: true } : {}) })) {
    form.append(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  for (const file of files) form.append("file", file);
  return form;
};

/** Addresses as people paste them: one a line, or with anything between that no address holds. */
export const addressesOf = (text: string): string[] => [
  ...new Set(text.split(/[\s,;"'<>]+/).filter((part) => part !== "")),
];

const maxAddresses = 10_000;

/** Why the addresses cannot be sent as they are. */
export const addressFault = (addresses: readonly string[]): string | undefined => {
  if (addresses.length > maxAddresses) return "At most 10,000 addresses; put more into a second job.";
  const wrong = addresses.find((address) => !/^https?:\/\/[^/]/i.test(address) || !URL.canParse(address));
  return wrong === undefined
    ? undefined
    : `“${wrong.slice(0, 200)}” is no address: it must begin with http:// or https://.`;
};
