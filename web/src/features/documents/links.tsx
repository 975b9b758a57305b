import type { DocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import type { DocumentSummary } from "@llm-tuner/contract/documents.ts";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { buttonClass } from "../../ui/button.tsx";

const linkClass = "font-medium break-words text-accent-text hover:underline";

export const DocumentLink = ({ document, children }: { document: DocumentSummary; children?: ReactNode }) => (
  <Link to="/documents/$documentId" params={{ documentId: document.id }} className={linkClass}>
    {children ?? document.title}
  </Link>
);

export const JobLink = ({ job }: { job: DocumentJob }) => (
  <Link to="/documents/jobs/$jobId" params={{ jobId: job.job_id }} className={linkClass}>
    {job.name}
  </Link>
);

export const AddDocuments = () => (
  <Link to="/documents/add" className={buttonClass("primary")}>
    <Plus aria-hidden size={16} />
    Add documents
  </Link>
);
