import type { MailMessage } from "../../platform/mail/mailer.ts";
import type { JobCounts, JobRecord } from "./job-record.ts";
import { statusOf } from "./job-view.ts";

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => escapes[character] ?? character);

const documents = (count: number): string => `${count.toLocaleString("en")} ${count === 1 ? "document" : "documents"}`;

const subjects: Partial<Record<ReturnType<typeof statusOf>, string>> = {
  completed: "Your documents are ready",
  partial: "Your documents are ready, except for some",
  failed: "Your documents could not be processed",
  cancelled: "Your documents were stopped",
};

/**
 * Says that a job has ended, with its counts. Nothing in it comes from a person, not even the job's name: a name in a
 * mail is a place for somebody else's text.
 */
export function finishedMail(job: JobRecord, counts: JobCounts, publicUrl: string): Omit<MailMessage, "to"> {
  const { total, completed, failed, cancelled } = counts;
  const said = [
    `Of ${documents(total)}, ${completed.toLocaleString("en")} ${completed === 1 ? "is" : "are"} done.`,
    ...(failed > 0 ? [`${documents(failed)} failed: the page of the job says why, and can try them again.`] : []),
    ...(cancelled > 0 ? [`${documents(cancelled)} ${cancelled === 1 ? "was" : "were"} not begun, or stopped.`] : []),
  ];
  const link = `${publicUrl}/documents/jobs/${job.id}`;
  const signature = `LLM Tuner at ${publicUrl}`;
  const paragraphs = [
    ...said.map(escaped),
    `<a href="${escaped(link)}">Look at the documents</a>`,
    `<small>${escaped(signature)}</small>`,
  ];
  return {
    // The same for a repeated delivery, so that it is known for one.
    id: job.id,
    subject: subjects[statusOf(job, counts)] ?? "Your documents are ready",
    text: [...said, link, `-- \n${signature}`].join("\n\n"),
    html: `<!doctype html><html lang="en"><body>${paragraphs.map((html) => `<p>${html}</p>`).join("\n")}</body></html>`,
  };
}
