import type { DocumentDetail } from "@llm-tuner/contract/documents.ts";
import { offlineTagger } from "@llm-tuner/contract/tagging.ts";
import { Figures } from "../../../ui/card.tsx";
import { bytes, count, dateTime, dollars, milliseconds } from "../../../ui/format.ts";
import { RawJson } from "../../../ui/raw-json.tsx";
import { languageName } from "../language-name.ts";

const orDash = <Value,>(value: Value | null, show: (value: Value) => string): string =>
  value === null ? "–" : show(value);

/** Who suggested the tags, in a sentence. */
export const originOf = ({ tagger, duplicate_of }: Pick<DocumentDetail, "tagger" | "duplicate_of">): string => {
  if (duplicate_of !== null) return "Taken over from a document with the same content.";
  if (tagger === null) return "Nobody has suggested any yet.";
  return tagger === offlineTagger ? "Suggested by the offline tagger, without a model." : `Suggested by ${tagger}.`;
};

/** The few numbers that matter of a document. */
export const DocumentFigures = ({ document }: { document: DocumentDetail }) => (
  <Figures
    figures={[
      { name: "Pages", value: orDash(document.page_count, count) },
      { name: "Words", value: orDash(document.word_count, count) },
      { name: "Language", value: orDash(document.language, languageName) },
      { name: "Size", value: orDash(document.bytes, bytes) },
      {
        name: "Tagging cost",
        meaning: "What the model was paid for this document; a dash where its price is not known.",
        value: orDash(document.cost_usd, dollars),
      },
    ]}
  />
);

const metadataWords = {
  title: "Title",
  author: "Author",
  subject: "Subject",
  keywords: "Keywords",
  creator: "Made with",
  producer: "Written by",
  created: "Made on",
  modified: "Changed on",
} as const;

const rowsOf = (document: DocumentDetail): { name: string; value: string }[] => {
  const metadata = document.file_metadata;
  const own = Object.entries(metadataWords).flatMap(([key, name]) => {
    // The words have a name for each key of the metadata.
    const value = metadata?.[key as keyof typeof metadataWords] ?? null;
    return value === null || value === "" ? [] : [{ name, value }];
  });
  return [
    { name: "File", value: document.file_name },
    ...(document.source_url === null ? [] : [{ name: "Address", value: document.source_url }]),
    ...own,
    { name: "Added", value: dateTime(document.created_at) },
    ...(document.processing_ms === null ? [] : [{ name: "Took", value: milliseconds(document.processing_ms) }]),
    ...(document.ocr_used ? [{ name: "Text", value: "Recognised in pictures of the pages" }] : []),
    ...(document.sha256 === null ? [] : [{ name: "SHA-256", value: document.sha256 }]),
  ];
};

const Rows = ({ rows }: { rows: readonly { name: string; value: string }[] }) => (
  <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-1">
    {rows.map(({ name, value }, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- two fields of a form may have the same name
      <div key={index} className="contents">
        <dt className="break-words text-faint">{name}</dt>
        <dd className="min-w-0 break-words">{value}</dd>
      </div>
    ))}
  </dl>
);

/** What the file says about itself, and the thing as programs see it. */
export const DocumentFacts = ({ document }: { document: DocumentDetail }) => {
  const { extracted_text: _text, ...rest } = document;
  return (
    <div className="flex flex-col gap-4">
      <Rows rows={rowsOf(document)} />
      {document.form_fields.length > 0 && (
        <section>
          <h3 className="mb-2 font-medium">Filled-in form</h3>
          <Rows rows={document.form_fields} />
        </section>
      )}
      <RawJson value={rest} />
    </div>
  );
};
