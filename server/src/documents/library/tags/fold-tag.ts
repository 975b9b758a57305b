import { foldText } from "../../../platform/text/fold-text.ts";

/** Spaces and what people write in their place: `e-mail`, `e mail` and `email` are one tag. */
const separators = /[\s\p{Pd}_]+/gu;

/** What a tag is compared by: twins that differ in case, accents, spaces or hyphens fall together. */
export function foldTag(name: string): string {
  const folded = foldText(name).replaceAll(separators, "");
  // A tag of nothing but hyphens is still one.
  return folded === "" ? name.trim() : folded;
}
