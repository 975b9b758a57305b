export const maxTitleCharacters = 500;

/** A document's title by the name of its file. */
export const titleOf = (fileName: string): string =>
  (fileName.replace(/\.[A-Za-z0-9]{1,5}$/, "").trim() || fileName).slice(0, maxTitleCharacters).toWellFormed();

/** What programs write into files whose authors gave them no title. */
const noTitle =
  /^(?:untitled|no title|title|document|presentation|slide|microsoft (?:word|powerpoint|excel)|print|scan)\b|\.(?:docx?|pptx?|xlsx?|odt|pdf|indd|qxd|tex|dvi|rtf)$/i;

/** The title that the file gives itself, where nobody gave the document one and it looks like a title. */
export function betterTitle({ title, fileName }: { title: string; fileName: string }, ofFile: string | null): string {
  if (title !== titleOf(fileName) || ofFile === null) return title;
  const own = ofFile.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
  const isTitle = /\p{L}{2}/u.test(own) && !noTitle.test(own);
  return isTitle ? own.slice(0, maxTitleCharacters).toWellFormed() : title;
}
