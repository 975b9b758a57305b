import { useQuery } from "@tanstack/react-query";
import { documentStatsQuery } from "../../../api/document-queries.ts";
import { tagsQuery } from "../../../api/tag-queries.ts";
import { languageName } from "../language-name.ts";

interface Choice {
  value: string;
  word: string;
}

/** What stands in the address can be chosen as well, also where no document has it any more. */
const withPresent = (
  choices: readonly Choice[],
  present: string | undefined,
  wordOf: (value: string) => string = String,
): readonly Choice[] =>
  present === undefined || choices.some(({ value }) => value === present)
    ? choices
    : [...choices, { value: present, word: wordOf(present) }];

/** Languages of one's documents, most used first. */
export const useLanguageChoices = (present: string | undefined): readonly Choice[] => {
  const { data } = useQuery(documentStatsQuery);
  const choices = Object.entries(data?.documents_by_language ?? {})
    .sort(([, one], [, other]) => other - one)
    .map(([code]) => ({ value: code, word: languageName(code) }));
  return withPresent(choices, present, languageName);
};

/** The most used tags of one's library. */
export const useTagChoices = (present: string | undefined): readonly Choice[] => {
  const { data } = useQuery(tagsQuery({ unused: false }));
  return withPresent(
    (data?.tags ?? []).map(({ name }) => ({ value: name, word: name })),
    present,
  );
};
