import type { DocumentFailure } from "@llm-tuner/contract/documents.ts";
import type { GuardedFetchError, GuardedFetchFault } from "../../platform/guarded-fetch/guarded-fetch.errors.ts";

const fetchWords: Record<GuardedFetchFault, Pick<DocumentFailure, "code"> & { remedy: string; mayPass: boolean }> = {
  refused: {
    code: "refused_address",
    remedy: "Give an address with http or https that everybody can reach, or upload the file.",
    mayPass: false,
  },
  not_found: { code: "not_found", remedy: "Check the address, or upload the file.", mayPass: false },
  unreachable: { code: "unreachable", remedy: "Try again later, or upload the file.", mayPass: true },
  too_large: { code: "too_large", remedy: "Give a smaller document.", mayPass: false },
  took_too_long: { code: "took_too_long", remedy: "Try again later, or upload the file.", mayPass: true },
};

/** What a person is told of a document that could not be fetched. */
export function fetchFailure({ fault, message }: GuardedFetchError): { failure: DocumentFailure; mayPass: boolean } {
  const { code, remedy, mayPass } = fetchWords[fault];
  return { failure: { code, message: `The document was not fetched: ${message}. ${remedy}` }, mayPass };
}

export const noSpaceLeft: DocumentFailure = {
  code: "too_large",
  message: "Your documents take all the space that you have here. Delete some that you no longer need, then retry.",
};

export const noAnonymousSpaceLeft: DocumentFailure = {
  code: "too_large",
  message: "The space for documents without an account is full. Sign in, or try again in some hours.",
};

export const tooManyPages = (pages: number, limit: number): DocumentFailure => ({
  code: "too_large",
  message: `The document has ${pages} pages; without an account it may have ${limit}. Sign in to process longer ones.`,
});

export const fileGone: DocumentFailure = {
  code: "internal",
  message: "The stored file is gone. Delete the document and upload it again.",
};

export const internalFailure: DocumentFailure = {
  code: "internal",
  message: "Something went wrong on the server while it was at this document. Retry it; the log says what it was.",
};

export const interruptedFailure: DocumentFailure = {
  code: "interrupted",
  message: "The server ended again and again while it was at this document, so it is left alone. You can retry it.",
};
