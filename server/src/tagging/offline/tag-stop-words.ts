import { foldText } from "../../platform/text/fold-text.ts";
import { stopWordsOf } from "../names/stop-words.ts";

/** The lists are made for searches, where the most frequent nouns find too much. Tags are made of such nouns. */
const nounsByLanguage: Readonly<Record<string, string>> = {
  en: `information system systems computer computers web research problem problems state states value line lines
    group groups area areas index text test site net world home page pages point case cases face work works order
    room member members thing year years interest interests number numbers side sides place places part parts
    effect high low large small self open free general long making three two`,
};

/** Words by which a text speaks about itself, and what it tells was done: no tag begins or ends with them. */
const reportingByLanguage: Readonly<Record<string, string>> = {
  en: `paper papers study studies article articles author authors chapter section figure figures example examples
    propose proposes proposed proposing present presents presented describe describes described describing develop
    develops developed developing discuss discusses discussed discussing introduce introduces introduced introducing
    provide provides provided providing apply applies applied applying designed consider considers
    considered considering compare compares compared comparing demonstrate demonstrates demonstrated demonstrating
    determine determines determined determining examine examines examined examining explain explains explained
    explore explores explored identify identifies identified identifying illustrate illustrates illustrated implement
    implements implemented improve improves improved improving include includes included including increase increases
    increased increasing indicate indicates indicated investigate investigates investigated involve involves involved
    involving obtain obtains obtained obtaining perform performs performed performing produce produces produced
    producing reduce reduces reduced reducing require requires required requiring reveal reveals revealed reported solve solves solved suggest suggests suggested evaluate evaluates evaluated
    achieve achieves achieved achieving allow allows allowed allowing analyze analyzes analyzed analyse analyses
    analysed argue argues argued assume assumes assumed based carry carries carried called
    construct constructs constructed define defines defined depend depends depended derive derives derived enable
    enables enabled establish establishes established exist exists existed existing extend extends extended focus
    focuses focused leads led offer offers offered prove proves proved proven relate relates related represent
    represents represented respect studied studying supports supported simple main difficult easily existing
    finally concept conventional basic major practical additional addition previous original advantage advantages
    purpose ability approaches result types able aim aims attempt attempts available common commonly different
    effectively effective efficient important interesting known new novel particular possible potential recent
    recently significant significantly similar specific successful successfully suitable typical typically useful
    various well widely`,
};

const made = new Map<string, ReadonlySet<string>>();

/** Folded words of a language (ISO 639) that no tag begins or ends with; empty for a language without a list. */
export function tagStopWordsOf(language: string): ReadonlySet<string> {
  let words = made.get(language);
  if (words === undefined) {
    const split = (list: string | undefined): string[] => foldText(list ?? "").split(/\s+/u);
    const stop = new Set(stopWordsOf(language));
    for (const noun of split(nounsByLanguage[language])) stop.delete(noun);
    for (const word of split(reportingByLanguage[language])) stop.add(word);
    stop.delete("");
    words = stop;
    made.set(language, words);
  }
  return words;
}
