import { canStopJob, resumeTrainingJob, stopTrainingJob, type TrainingJob } from "@llm-tuner/contract/training.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { jobQuery } from "../../api/queries.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Card, Figures, Skeleton } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Copyable } from "../../ui/copy.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { count, duration } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { Status } from "../../ui/status.tsx";
import { showError } from "../../ui/toasts.tsx";
import type { JobHistory } from "./job-history.ts";
import { JobLog } from "./job-log.tsx";
import { jobTone, jobWord } from "./job-status.ts";
import { LossCurve } from "./loss-curve.tsx";
import { useJobHistory } from "./use-job-history.ts";

const Actions = ({ job }: { job: TrainingJob }) => {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: jobQuery(job.job_name).queryKey });
  const params = { job_name: job.job_name };
  const onError = (error: Error): void => showError(error.message);
  const stop = useMutation({ mutationFn: () => call(stopTrainingJob, { params }), onSuccess: refresh, onError });
  const resume = useMutation({ mutationFn: () => call(resumeTrainingJob, { params }), onSuccess: refresh, onError });
  return (
    <>
      {canStopJob(job.status) && (
        <Confirm
          trigger={
            <Button look="danger" isBusy={stop.isPending}>
              Stop
            </Button>
          }
          title="Stop this run?"
          confirm="Stop the run"
          onConfirm={() => stop.mutate()}
        >
          {job.job_name} saves a checkpoint and ends. You can resume it later from there.
        </Confirm>
      )}
      {(job.status === "Stopped" || job.status === "Failed") && (
        <Button isBusy={resume.isPending} onClick={() => resume.mutate()}>
          Resume
        </Button>
      )}
      {job.model_id !== null && (
        <Link to="/models/$modelId" params={{ modelId: job.model_id }} className={buttonClass("primary")}>
          Try the model
        </Link>
      )}
    </>
  );
};

const lossMeaning = "How surprised the model is by text that it was not trained on. Lower is better.";

const Overview = ({ job, history }: { job: TrainingJob; history: JobHistory }) => {
  const step = history.train.at(-1)?.step ?? job.step;
  const total = history.totalSteps ?? job.total_steps;
  const before = job.held_out_loss_before ?? history.heldOut[0]?.value;
  const after = job.held_out_loss_after ?? history.heldOut.at(-1)?.value;
  const isRunning = job.status === "InProgress";
  return (
    <Card>
      <Figures
        figures={[
          { name: "Status", value: <Status tone={jobTone[job.status]}>{jobWord[job.status]}</Status> },
          { name: "Step", value: total === null ? "–" : `${count(step)} of ${count(total)}` },
          {
            name: "Held-out loss",
            meaning: lossMeaning,
            value: before === undefined ? "–" : `${before.toFixed(3)} → ${after?.toFixed(3) ?? "–"}`,
          },
          ...(isRunning && history.etaSeconds !== null ? [{ name: "Left", value: duration(history.etaSeconds) }] : []),
          ...(isRunning && history.tokensPerSecond !== null
            ? [{ name: "Tokens a second", value: count(history.tokensPerSecond) }]
            : []),
          ...(job.queue_position === null ? [] : [{ name: "Place in the queue", value: count(job.queue_position) }]),
          ...(job.duration_seconds === null ? [] : [{ name: "Took", value: duration(job.duration_seconds) }]),
        ]}
      />
      <div className="mt-4">
        <ProgressBar share={total === null || total === 0 ? job.progress : step / total} label="Progress" />
      </div>
    </Card>
  );
};

const Failure = ({ job }: { job: TrainingJob }) => {
  if (job.failure === null) return null;
  return (
    <>
      <ErrorPanel error={{ message: job.failure.message, remedy: job.failure.remedy }} />
      {job.failure.log_tail.length > 0 && (
        <Card title="Last lines of the log">
          <pre className="max-h-64 overflow-auto font-mono text-xs">{job.failure.log_tail.join("\n")}</pre>
        </Card>
      )}
    </>
  );
};

export const JobPage = ({ jobName }: { jobName: string }) => {
  const { data: job, error, refetch } = useQuery(jobQuery(jobName));
  const { history, error: streamError } = useJobHistory(jobName);
  if (error !== null) {
    return (
      <Page title={jobName}>
        <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />
      </Page>
    );
  }
  if (job === undefined) {
    return (
      <Page title={jobName}>
        <Skeleton className="h-24" />
        <Skeleton className="h-80" />
      </Page>
    );
  }
  return (
    <Page title={`Tuning ${job.base_model}`} subtitle={<Copyable text={job.job_name} />} action={<Actions job={job} />}>
      <Overview job={job} history={history} />
      <Failure job={job} />
      {streamError !== undefined && <ErrorPanel error={describeError(streamError)} />}
      <Card title="Loss">
        <LossCurve history={history} />
      </Card>
      <Card title="Log">
        <JobLog lines={history.log} />
      </Card>
    </Page>
  );
};
