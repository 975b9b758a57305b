import { readFileSync } from "node:fs";

/** Words of this product, which somebody who guesses tries first. */
const productWords = ["llmtuner", "llm-tuner", "llm_tuner", "llm tuner", "finetune", "finetuning", "fine-tuning"];

/** A word shorter than this is too common inside good passwords to be held against them. */
const minWordLength = 4;
/** A known word does not make a password weak when at least this much stands beside it. */
const enoughBeside = 6;
const minDistinctCharacters = 4;
/** How much decoration (`2024!`) after a common password is seen through. */
const maxDecoration = 4;

const sequences = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop"];

const substitutions: Record<string, string> = {
  "0": "o",
  "1": "l",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};
const plainLetters = (text: string): string =>
  text.replaceAll(/[013457@$!]/g, (character) => substitutions[character] ?? character);

const reversed = (text: string): string => Array.from(text).toReversed().join("");

export type PasswordPolicy = (candidate: { password: string; email: string }) => string | null;

/** Reads the list of common passwords once; the policy then answers why a password is refused, or null. */
export function createPasswordPolicy(): PasswordPolicy {
  const file = readFileSync(new URL("common-passwords.txt", import.meta.url), "utf8");
  const common = new Set(file.split("\n").filter((line) => line !== ""));

  const isCommon = (lower: string): boolean => {
    const bare = lower.replace(/[^a-z]+$/, "");
    const decorated = lower.length - bare.length <= maxDecoration;
    return [lower, plainLetters(lower), ...(decorated ? [bare, plainLetters(bare)] : [])].some((form) =>
      common.has(form),
    );
  };

  return ({ password, email }) => {
    const lower = password.toLowerCase();
    if (isCommon(lower)) return "it is among the most common passwords";
    if (new Set(lower).size < minDistinctCharacters) return "it repeats the same few characters";
    if (sequences.some((row) => row.repeat(2).includes(lower) || reversed(row).repeat(2).includes(lower))) {
      return "it is a row of neighbouring characters";
    }
    if (isMostly(lower, productWords)) return "it is the name of this product";
    if (isMostly(lower, email.toLowerCase().split("@"))) return "it is made of your e-mail address";
    return null;
  };
}

const isMostly = (password: string, words: readonly string[]): boolean =>
  words.some(
    (word) => word.length >= minWordLength && password.includes(word) && password.length - word.length < enoughBeside,
  );
