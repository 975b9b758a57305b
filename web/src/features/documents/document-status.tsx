import type { DocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import type { DocumentSummary } from "@llm-tuner/contract/documents.ts";
import { Status } from "../../ui/status.tsx";
import { documentTones, documentWord, failureWords, jobState } from "./document-words.ts";

/** How a document stands; of a failed one, why. */
export const DocumentState = ({ document }: { document: DocumentSummary }) => (
  <div>
    <Status tone={documentTones[document.status]}>{documentWord(document)}</Status>
    {document.error !== null && (
      <div className="text-xs text-soft" title={document.error.message}>
        {failureWords[document.error.code]}
      </div>
    )}
  </div>
);

export const JobState = ({ job }: { job: DocumentJob }) => {
  const { tone, word } = jobState(job);
  return <Status tone={tone}>{word}</Status>;
};
