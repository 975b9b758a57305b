import { appError } from "../../platform/errors.ts";

export const tagNotFound = (id: string) =>
  appError({
    code: "tag_not_found",
    status: 404,
    message: `There is no tag ${id.slice(0, 100)}.`,
    details: { remedy: "GET /api/tags lists your tags." },
  });

export const tagExists = (name: string, merge?: { into: string; from: string }) =>
  appError({
    code: "tag_exists",
    status: 409,
    message: `You have a tag ${name} already.`,
    details: {
      places: [{ field: "name" }],
      remedy:
        merge === undefined
          ? "Use that one, or choose another name."
          : `To make one tag of the two, send POST /api/tags/${merge.into}/merge with {"from": ["${merge.from}"]}; or choose another name.`,
    },
  });

export const cannotMergeIntoItself = () =>
  appError({
    code: "tag_merged_into_itself",
    status: 400,
    message: "A tag cannot be put into itself.",
    details: { places: [{ field: "from" }], remedy: "Name other tags in `from`." },
  });

export const notATagOfTheDocument = (name: string) =>
  appError({
    code: "not_a_tag_of_the_document",
    status: 400,
    message: "The document has no such tag to decide about.",
    details: {
      places: [{ field: "decisions", excerpt: name }],
      remedy: "Send `tags` to give a document tags that nobody suggested.",
    },
  });

export const tooManyTagsOfDocument = (limit: number) =>
  appError({
    code: "too_many_tags",
    status: 400,
    message: `A document keeps ${limit} tags at most, with those that were rejected.`,
    details: { places: [{ field: "tags" }], remedy: "Give it fewer other tags." },
  });

export const documentWithoutFile = () =>
  appError({
    code: "document_without_file",
    status: 404,
    message: "No file is stored for this document.",
    details: { remedy: "Only a file that was fetched or uploaded is kept." },
  });

export const documentWithoutText = () =>
  appError({
    code: "document_without_text",
    status: 404,
    message: "No text was read from this document.",
    details: { remedy: "Its status and error say how far it came." },
  });

export const pageNotFound = (page: number) =>
  appError({
    code: "page_not_found",
    status: 404,
    message: `The document has no page ${page}.`,
    details: { places: [{ field: "page" }] },
  });

export const pageNotDrawn = (message: string) =>
  appError({ code: "page_not_drawn", status: 422, message, details: { remedy: "Download the file instead." } });

/** The same for a link that has ended, was altered, or is to a document that is gone. */
export const linkNotValid = () =>
  appError({
    code: "link_not_valid",
    status: 404,
    message: "This link does not hold (any more).",
    details: { remedy: "Ask for a new one where the document is shown." },
  });

export const documentsMissing = (ids: readonly string[]) =>
  appError({
    code: "documents_missing",
    status: 404,
    message: "Some of the documents are not there.",
    details: { places: ids.slice(0, 50).map((id) => ({ field: "document_ids", excerpt: id })) },
  });

export const nothingToTrainOn = (why: string) =>
  appError({
    code: "nothing_to_train_on",
    status: 422,
    message: `None of the documents can become training data: ${why}.`,
    details: { remedy: "Accept tags on documents with text, then try again." },
  });

export const tagsVanished = () =>
  appError({
    code: "tags_changed",
    status: 409,
    message: "Tags were deleted while they were given to a document.",
    details: { remedy: "Try again." },
  });

export const eitherIdsOrFilter = () =>
  appError({
    code: "either_ids_or_filter",
    status: 400,
    message: "Documents are chosen by their ids or by a filter.",
    details: { places: [{ field: "document_ids" }, { field: "filter" }], remedy: "Leave one of the two out." },
  });
