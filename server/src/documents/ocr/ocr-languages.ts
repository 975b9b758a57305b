import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Names of the recogniser's models where they are not the three-letter code that belongs to the two-letter one. */
const models: Readonly<Record<string, string>> = Object.fromEntries(
  (
    "af:afr am:amh ar:ara as:asm az:aze be:bel bg:bul bn:ben bo:bod br:bre bs:bos ca:cat co:cos cs:ces cy:cym da:dan " +
    "de:deu dv:div dz:dzo el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas fi:fin fo:fao fr:fra fy:fry ga:gle gd:gla " +
    "gl:glg gu:guj he:heb hi:hin hr:hrv ht:hat hu:hun hy:hye id:ind is:isl it:ita iu:iku ja:jpn jv:jav ka:kat kk:kaz " +
    "km:khm kn:kan ko:kor ku:kmr ky:kir la:lat lb:ltz lo:lao lt:lit lv:lav mi:mri mk:mkd ml:mal mn:mon mr:mar ms:msa " +
    "mt:mlt my:mya ne:nep nl:nld no:nor nb:nor nn:nor oc:oci or:ori pa:pan pl:pol ps:pus pt:por qu:que ro:ron ru:rus " +
    "sa:san sd:snd si:sin sk:slk sl:slv sq:sqi sr:srp su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tl:tgl " +
    "to:ton tr:tur tt:tat ug:uig uk:ukr ur:urd uz:uzb vi:vie yi:yid yo:yor zh:chi_sim"
  )
    .split(" ")
    .map((pair): [string, string] => [pair.slice(0, 2), pair.slice(3)]),
);

/** A language for which a model is installed. */
export interface OcrLanguage {
  /** ISO 639 code, of two letters where there is one. */
  code: string;
  model: string;
  path: string;
}

/** Packages with a model each; those of the smaller, faster variant are used. */
const scope = "@tesseract.js-data";
const variant = "4.0.0_best_int";

const codeOf = (model: string): string => Object.entries(models).find(([, name]) => name === model)?.[0] ?? model;

/** The languages whose packages are installed; an operator adds one by installing `@tesseract.js-data/<model>`. */
export const installedOcrLanguages = async (): Promise<OcrLanguage[]> => {
  const folders = createRequire(import.meta.url).resolve.paths(scope) ?? [];
  const found = new Map<string, OcrLanguage>();
  for (const folder of folders) {
    // Most of the folders that are looked in do not exist.
    const packages = await readdir(join(folder, scope)).catch(() => []);
    for (const model of packages) {
      const path = join(folder, scope, model, variant, `${model}.traineddata.gz`);
      if (!found.has(model)) found.set(model, { code: codeOf(model), model, path });
    }
  }
  return [...found.values()];
};

/** Those of the languages that were asked for, by their ISO 639 codes or the names of their models, that are installed. */
export const chooseOcrLanguages = (
  installed: readonly OcrLanguage[],
  asked: readonly string[],
): { chosen: OcrLanguage[]; missing: string[] } => {
  const wanted = asked.map((code) => {
    const language = code.toLowerCase().split("-")[0] ?? code;
    return { code, model: models[language] ?? code };
  });
  return {
    chosen: installed.filter(({ model }) => wanted.some((language) => language.model === model)),
    missing: wanted.flatMap(({ code, model }) => (installed.some((other) => other.model === model) ? [] : [code])),
  };
};
