import type { TagMode } from "@llm-tuner/contract/document-jobs.ts";
import { maxTagCharacters, TagName } from "@llm-tuner/contract/tags.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { TaggingOutcome } from "../../documents/documents.module.ts";
import { createModelWorld, knownModel, says } from "../testing/fake-model.ts";
import { hostileDocuments } from "../testing/hostile-documents.ts";
import { readAnswer } from "./read-answer.ts";

const world = await createModelWorld();
const { upstream, tag } = world;
afterAll(() => world.close());

const knownTags = ["Invoice", "Contract", "Überweisung"];
const maxTags = 5;
const modes = ["free", "prefer_existing", "closed"] as const;

/** What nobody may ever see as a tag, whoever asked for it. */
const forbidden =
  /[<>{}[\]()"`\\|,;=\p{Cc}\p{Co}\p{Cn}\p{Cs}\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]|:\/\/|^@|\.com\b|javascript:/u;

const isFine = (name: string): boolean =>
  TagName.safeParse(name).data === name &&
  name.length <= maxTagCharacters &&
  name.split(" ").length <= 4 &&
  !forbidden.test(name);

/** The tags that should not be there; for a failure all but the one kind that it may be. */
function wrongIn(outcome: TaggingOutcome, mode: TagMode): unknown[] {
  if (!outcome.ok) return outcome.kind === "retry" ? [] : [outcome];
  const { tags } = outcome.result;
  const wrong = tags.filter(
    ({ name, isNew }) => !isFine(name) || isNew === knownTags.includes(name) || (mode === "closed" && isNew),
  );
  return tags.length > maxTags ? [...wrong, tags.length] : wrong;
}

const Question = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });

/** Whether the document stands in the user's message alone, within an end that occurs once. */
function isEnclosed(text: string, isOwn: boolean): boolean {
  const { messages } = Question.parse(upstream.requests.at(-1)?.body);
  const [system, user] = messages;
  const content = user?.content ?? "";
  const boundary = /<(document-[0-9a-f]{12})>\nTitle/.exec(content)?.[1] ?? "none";
  const ends = isOwn ? content.split('"""').length - 2 : content.split(`</${boundary}>`).length - 1;
  return ends === 1 && user?.role === "user" && system?.role === "system" && !system.content.includes(text);
}

describe("SEC-34: a hostile document, before a model that does all it says", () => {
  it("there are thirty of them", () => expect(hostileDocuments).toHaveLength(30));

  it.each(hostileDocuments)("that $what", async ({ text, obeyed }) => {
    // An answer that cannot be read is asked for once more.
    const answers = readAnswer(obeyed) === undefined ? [says(obeyed), says(obeyed)] : [says(obeyed)];
    for (const isOwn of [false, true]) {
      for (const mode of modes) {
        upstream.plan(...answers);
        const document = { title: text, fileName: text, text, language: "en" };
        const outcome = await tag({ document, mode, knownTags, maxTags }, { ...knownModel, isOwn });
        expect(wrongIn(outcome, mode)).toEqual([]);
        expect(isEnclosed(text, isOwn)).toBe(true);
      }
    }
  });
});
