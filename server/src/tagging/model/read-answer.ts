import { z } from "zod";

/** What a model suggested, as it wrote it. */
const Names = z.array(z.string()).max(1_000);
const Answer = z.union([
  z.object({ tags: Names }).transform(({ tags }) => tags),
  z
    .object({ existing: Names.optional(), proposed: Names.optional() })
    .refine(({ existing, proposed }) => existing !== undefined || proposed !== undefined)
    .transform(({ existing = [], proposed = [] }) => [...existing, ...proposed]),
  Names,
]);

/** Longer answers are no lists of tags. */
const maxCharacters = 50_000;
const codeFence = /^```[a-z]*\s*\n([\s\S]*?)\n?```$/;

function parsed(text: string): string[] | undefined {
  try {
    return Answer.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON is an answer too: the caller asks once more.
    return undefined;
  }
}

/** The first object or list of a text that is whole; small models write on after it. */
function firstValue(text: string): string | undefined {
  const start = text.search(/[{[]/);
  if (start < 0) return undefined;
  let depth = 0;
  let isInString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (isInString) {
      if (character === "\\") index += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) return text.slice(start, index + 1);
    }
  }
  return undefined;
}

/** The names in a model's answer; undefined when it is none that was asked for. */
export function readAnswer(text: string): string[] | undefined {
  const trimmed = text.slice(0, maxCharacters).trim();
  const [, fenced = trimmed] = codeFence.exec(trimmed) ?? [];
  const value = firstValue(fenced);
  return parsed(fenced) ?? (value === undefined ? undefined : parsed(value));
}
