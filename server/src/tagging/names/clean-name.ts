import { maxTagCharacters, TagName } from "@llm-tuner/contract/tags.ts";
import { foldedWords } from "./name-keys.ts";
import { stopWordsOf } from "./stop-words.ts";

const maxWords = 4;
/** Beyond it nothing is looked at: no name is so long, and the patterns below cost time. */
const maxRawCharacters = 400;

const separators = /[,;|\n\r\u2028\u2029\u3001\uff0c\uff1b]+/u;
const htmlTags = /<[^<>]*>/gu;
const inBrackets = /[([{\uff08\u3010][^()[\]{}\uff08\uff09\u3010\u3011]*[)\]}\uff09\u3011]/gu;
/** Characters that are not seen or change the direction; joiners stay, which some scripts are written with. */
const unseen = /(?![\u200c\u200d])\p{Cf}/gu;
const joinersOutsideTheirScripts =
  /(?<![\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}\p{M}])[\u200c\u200d]/gu;
const aroundTheName = /^[\s\p{P}\p{S}]+|[\s\p{P}\p{S}]+$/gu;

const code = /[{}\\`]|":|\["/u;
const address =
  /:\/\/|\bwww\.|@|[\p{L}\d-]\.(?:com|org|net|edu|gov|info|biz|io|dev|app|co|eu|de|fr|es|it|uk|ch|at|nl|ru|cn|xyz|zip|html?|php|aspx?)(?![\p{L}\d])|[\p{L}\d]\.[a-z]{2,}\//iu;
const scheme = /^(?:javascript|data|vbscript|mailto|tel|file|https?|ftp)\s*:/iu;
const markup = /[`*\\{}<>[\]()"=^~_]{2,}|[`*\\{}<>[\]()"=^~|]|\p{Co}|\p{Cn}|\p{Cs}|\p{Cc}|\p{M}{4,}/u;

function stripped(raw: string): string {
  const plain = raw
    .normalize("NFC")
    .replaceAll(/\p{Cc}+/gu, " ")
    .replaceAll(unseen, "")
    .replaceAll(joinersOutsideTheirScripts, "")
    .trim();
  const [end = ""] = plain.match(/(?:\+\+|[#+])$/u) ?? [];
  const name = plain.replaceAll(aroundTheName, "");
  // C++, C# and .NET are names; #invoice and *invoice* are not.
  const begin = /^\.\p{Lu}/u.test(plain) ? "." : "";
  return name === "" ? "" : (begin + name + (/\p{L}$/u.test(name) ? end : "")).replaceAll(/\s+/gu, " ");
}

/** The lists name many longer words that are too frequent for a search and good as tags, such as `research`. */
const longestStopWord = 3;

const isAbbreviation = (name: string): boolean => /^[\p{Lu}\d&]{2,6}$/u.test(name);

/** Whether a name says anything: more than a sign, a number that is no year, or words such as `and` and `the`. */
function saysSomething(name: string, languages: readonly string[]): boolean {
  const words = foldedWords(name);
  const letters = words.join("");
  if (letters === "" || (/^\d+$/.test(letters) && !/^(?:1[5-9]|20)\d\d$/.test(letters))) return false;
  if (/^\p{Script=Latin}$/u.test(letters) && !/[+#]$/.test(name)) return false;
  if (isAbbreviation(name) || /^\.|[+#]$/.test(name)) return true;
  return !languages.some((language) =>
    words.every((word) => word.length <= longestStopWord && stopWordsOf(language).has(word)),
  );
}

/**
 * What somebody wrote as a tag, as names of tags: in one form of each character, without explanations in brackets, markup
 * and what is not seen. Empty for what cannot be a tag, such as a sentence or an address.
 */
export function cleanNames(raw: string, languages: readonly string[]): string[] {
  if (raw.length > maxRawCharacters || code.test(raw)) return [];
  // Brackets go first: what they explain may hold commas.
  const plain = raw.replaceAll(htmlTags, " ").replaceAll(inBrackets, " ");
  return plain.split(separators).flatMap((part) => {
    if (address.test(part) || scheme.test(part.trim())) return [];
    const name = stripped(part);
    const isName =
      name !== "" &&
      name.length <= maxTagCharacters &&
      name.split(" ").length <= maxWords &&
      !markup.test(name) &&
      !address.test(name) &&
      !scheme.test(name) &&
      saysSomething(name, languages);
    const parsed = isName ? TagName.safeParse(name) : undefined;
    return parsed?.success === true ? [parsed.data] : [];
  });
}
