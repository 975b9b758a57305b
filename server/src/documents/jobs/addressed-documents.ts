import type { DocumentFailure } from "@llm-tuner/contract/documents.ts";
import { newId } from "../../platform/ids.ts";
import { shownName } from "../../platform/http/uploads/uploaded-part.ts";
import { maxTitleCharacters, titleOf } from "./document-title.ts";
import type { NewDocument } from "./job-record.ts";

/** A row that names a document, as it stands in a spreadsheet or a list. */
export interface AddressRow {
  url: string | null;
  title: string | null;
  /** Why the row holds no usable address. */
  problem: string | null;
}

const maxAddressCharacters = 4000;

const fileNameOf = (url: URL): string => {
  const last = url.pathname.split("/").at(-1) ?? "";
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // A stray percent sign: the name is taken as it stands.
  }
  return name === "" ? url.hostname : shownName(name);
};

/** What a stranger wrote, without what the database takes in no text: control characters, and halves of characters. */
const plain = (text: string): string => text.toWellFormed().replaceAll(/\p{Cc}+/gu, " ");

const refused = (message: string): DocumentFailure => ({ code: "refused_address", message: plain(message) });

function failureOf({ url, problem }: AddressRow): DocumentFailure | null {
  if (problem !== null) return refused(problem);
  if (url === null) return refused("The row holds no address. Fill it in and start the rows again that failed.");
  // A parser of addresses would drop or encode what stands there by mistake.
  if (!URL.canParse(url) || plain(url) !== url)
    return refused(`“${url.slice(0, 200)}” is no address: one begins with http:// or https://. Mend the row.`);
  if (url.length > maxAddressCharacters)
    return refused(
      `The address has more than ${maxAddressCharacters.toLocaleString("en")} characters. Give a shorter one.`,
    );
  const { protocol } = new URL(url);
  if (protocol === "http:" || protocol === "https:") return null;
  return refused("Only addresses with http and https are fetched.");
}

/** The document of a row; one without a usable address has failed before it began. */
export function addressedDocument(row: AddressRow): NewDocument {
  const failure = failureOf(row);
  const url = row.url !== null && URL.canParse(row.url) ? new URL(row.url) : undefined;
  const fileName = url === undefined ? "document" : fileNameOf(url);
  const title = row.title?.trim() || (url === undefined ? (row.url ?? "") : titleOf(fileName)) || "(no address)";
  return {
    id: newId("document"),
    title: plain(title.slice(0, maxTitleCharacters)),
    fileName,
    // Without it, there is nothing to try again.
    sourceUrl: failure === null ? row.url : null,
    stored: null,
    failure,
  };
}
