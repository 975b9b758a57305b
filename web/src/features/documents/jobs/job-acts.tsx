import {
  cancelBatch,
  deleteDocumentJob,
  pauseBatch,
  retryFailed,
  type DocumentJob,
} from "@llm-tuner/contract/document-jobs.ts";
import { useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { documentJobsKey, documentsKey, isEnded } from "../../../api/document-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { count } from "../../../ui/format.ts";
import { Menu } from "../../../ui/menu.tsx";
import { ExportMenu } from "../export-menu.tsx";
import { plural } from "../plural.ts";
import { retryable } from "./job-counts.ts";
import { ResumeForm } from "./resume-form.tsx";

const changes = [documentJobsKey, documentsKey];

const Pause = ({ job }: { job: DocumentJob }) => {
  const pause = useAct({ act: () => call(pauseBatch, { params: { job_id: job.job_id } }), changes });
  return (
    <Button isBusy={pause.isPending} onClick={() => pause.mutate()}>
      Pause
    </Button>
  );
};

const Resume = ({ job }: { job: DocumentJob }) => {
  const [isOpen, setIsOpen] = useState(false);
  const close = (): void => setIsOpen(false);
  return (
    <>
      <Button look="primary" onClick={() => setIsOpen(true)}>
        Resume
      </Button>
      <Dialog open={isOpen} onClose={close} title={`Resume ${job.name}`}>
        <ResumeForm job={job} onDone={close} />
      </Dialog>
    </>
  );
};

const Cancel = ({ job }: { job: DocumentJob }) => {
  const cancel = useAct({ act: () => call(cancelBatch, { params: { job_id: job.job_id } }), changes });
  const left = job.pending + job.processing;
  return (
    <Confirm
      trigger={
        <Button look="danger" isBusy={cancel.isPending}>
          Cancel
        </Button>
      }
      title={`Cancel ${job.name}?`}
      confirm="Cancel the job"
      cancel="Go on"
      onConfirm={() => cancel.mutate()}
    >
      {plural(left, "document is", "documents are")} not tagged then. What is done stays, and the others can be tried
      again later.
    </Confirm>
  );
};

const RetryAll = ({ job }: { job: DocumentJob }) => {
  const retry = useAct({ act: () => call(retryFailed, { params: { job_id: job.job_id } }), changes });
  return (
    <Button isBusy={retry.isPending} onClick={() => retry.mutate()}>
      Try {count(retryable(job))} again
    </Button>
  );
};

const More = ({ job }: { job: DocumentJob }) => {
  const navigate = useNavigate();
  const [isOpen, setIsOpen] = useState(false);
  const remove = useAct({
    act: () => call(deleteDocumentJob, { params: { job_id: job.job_id } }),
    notice: `${job.name} is deleted.`,
    changes,
    onDone: () => navigate({ to: "/documents/jobs" }),
  });
  return (
    <>
      <Menu
        trigger={
          <Button isBusy={remove.isPending} aria-label="Actions on this job">
            <Ellipsis aria-hidden size={16} />
          </Button>
        }
        acts={[{ word: "Delete", isDangerous: true, onSelect: () => setIsOpen(true) }]}
      />
      <Confirm
        open={isOpen}
        onOpenChange={setIsOpen}
        title={`Delete ${job.name}?`}
        confirm="Delete the job"
        onConfirm={() => remove.mutate()}
      >
        Its {plural(job.total, "document goes", "documents go")} with it: files, texts and what was decided about tags.
        This cannot be undone.
      </Confirm>
    </>
  );
};

/** What may be done with a job as it stands now. */
export const JobActs = ({ job }: { job: DocumentJob }) => (
  <div className="flex flex-wrap gap-2">
    {!isEnded(job) && (job.paused === null ? <Pause job={job} /> : <Resume job={job} />)}
    {!isEnded(job) && <Cancel job={job} />}
    {retryable(job) > 0 && <RetryAll job={job} />}
    {job.completed > 0 && <ExportMenu documents={{ filter: { job_id: job.job_id } }} />}
    <More job={job} />
  </div>
);
