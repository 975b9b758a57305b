import { count } from "../../../ui/format.ts";

type FileKind = "pdf" | "spreadsheet";

/** What a file says it is; the platform decides by its content. */
export const kindOf = ({ name, type }: Pick<File, "name" | "type">): FileKind | undefined => {
  if (type === "application/pdf" || /\.pdf$/i.test(name)) return "pdf";
  return /\.(xlsx|csv)$/i.test(name) ? "spreadsheet" : undefined;
};

export const mostFiles = 10_000;

type Named = Pick<File, "name" | "type" | "size" | "lastModified">;

const isSame = (one: Named, other: Named): boolean =>
  one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

interface Added<Kind> {
  files: Kind[];
  /** In words, one for each thing that was left out. */
  faults: string[];
}

const refusedWords = (names: readonly string[]): string => {
  const [first, ...rest] = names;
  const others = rest.length === 0 ? "is" : `and ${count(rest.length)} more are`;
  return `${first} ${others} neither a PDF nor a spreadsheet (.xlsx, .csv).`;
};

/** The chosen files with more of them: any number of PDFs, or one spreadsheet of addresses. */
export const withFiles = <Kind extends Named>(present: readonly Kind[], added: readonly Kind[]): Added<Kind> => {
  const refused = added.filter((file) => kindOf(file) === undefined);
  const faults = refused.length === 0 ? [] : [refusedWords(refused.map(({ name }) => name))];
  const sheets = added.filter((file) => kindOf(file) === "spreadsheet");
  const pdfs = added.filter((file) => kindOf(file) === "pdf");
  const sheet = sheets[0];
  if (sheet !== undefined) {
    if (sheets.length > 1) faults.push(`Only ${sheet.name} was taken: a job reads one spreadsheet.`);
    if (pdfs.length > 0 || present.some((file) => kindOf(file) === "pdf")) {
      faults.push(`Only ${sheet.name} was taken: a spreadsheet of addresses is a job of its own, without other files.`);
    }
    return { files: [sheet], faults };
  }
  const kept = pdfs.length === 0 ? [...present] : present.filter((file) => kindOf(file) === "pdf");
  const files = [...kept, ...pdfs.filter((file) => !kept.some((other) => isSame(file, other)))];
  if (files.length > mostFiles)
    faults.push(`A job takes at most ${count(mostFiles)} files; the last ones were left out.`);
  return { files: files.slice(0, mostFiles), faults };
};
