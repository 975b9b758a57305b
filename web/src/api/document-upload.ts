import { BatchEstimate, StartedDocumentJob, processBatch } from "@llm-tuner/contract/document-jobs.ts";
import { CallError, errorOf, parseJson } from "./call.ts";
import { freshSession, sessionHeaders } from "./session.ts";

interface Upload {
  form: FormData;
  /** The share that has gone out, 0 to 1. */
  onProgress(share: number): void;
  signal: AbortSignal;
}

/** Sends a form by XMLHttpRequest: a fetch tells nothing of how much of it has gone out. */
const sendForm = ({ form, onProgress, signal }: Upload): Promise<Response> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(processBatch.method, processBatch.path);
    for (const [name, value] of Object.entries(sessionHeaders)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
      if (lengthComputable) onProgress(loaded / total);
    });
    request.addEventListener("load", () => resolve(new Response(request.responseText, { status: request.status })));
    request.addEventListener("error", () =>
      reject(
        new CallError({
          status: 0,
          code: "offline",
          message: "The upload broke off. Check that the platform runs, then try again: nothing has been started.",
        }),
      ),
    );
    request.addEventListener("abort", () => reject(new DOMException("the upload was stopped", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });

const uploaded = async (upload: Upload): Promise<unknown> => {
  // The session is renewed before: files are not sent twice.
  await freshSession();
  const response = await sendForm(upload);
  if (!response.ok) throw await errorOf(response);
  return parseJson(await response.text());
};

/** Sends files and begins a job on them. Throws CallError, or AbortError when `signal` says so. */
export const uploadBatch = async (upload: Upload): Promise<StartedDocumentJob> =>
  StartedDocumentJob.parse(await uploaded(upload));

/** Sends the same form, marked as `dry_run`, to hear what it would be and cost. */
export const estimateUpload = async (upload: Upload): Promise<BatchEstimate> =>
  BatchEstimate.parse(await uploaded(upload));
