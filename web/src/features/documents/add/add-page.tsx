import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { describeError } from "../../../api/describe-error.ts";
import { documentJobsKey, documentsKey } from "../../../api/document-queries.ts";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { Page } from "../../../ui/page.tsx";
import { UnsavedGuard } from "../../../ui/unsaved-guard.tsx";
import { AddValues, initialValues } from "./add-values.ts";
import { OptionFields } from "./option-fields.tsx";
import { estimateBatch, keyOf, obstacleOf, startBatch } from "./send-batch.ts";
import { SourceFields, emptySource, type Source } from "./source-fields.tsx";
import { kindOf } from "./source-files.ts";
import { StartCard, type Sending } from "./start-card.tsx";

const isAbort = (error: Error | null): boolean => error instanceof DOMException && error.name === "AbortError";

/** One request at a time, with how much of it has gone out, and the way to stop it. */
const useSending = (source: Source) => {
  const [share, setShare] = useState(0);
  const abort = useRef<AbortController>(undefined);
  const begin = (values: AddValues) => {
    abort.current = new AbortController();
    setShare(0);
    return { source, values, onProgress: setShare, signal: abort.current.signal };
  };
  const start = useMutation({ mutationFn: (values: AddValues) => startBatch(begin(values)) });
  const estimate = useMutation({
    mutationFn: async (values: AddValues) => ({
      key: keyOf(source, values),
      found: await estimateBatch(begin(values)),
    }),
  });
  const stop = (): void => abort.current?.abort();
  const isSending = start.isPending || estimate.isPending;
  const sending: Sending | undefined = isSending
    ? { what: start.isPending ? "start" : "estimate", share: source.kind === "files" ? share : null, onStop: stop }
    : undefined;
  // Whoever leaves the page while files go out wants them no more.
  useEffect(() => () => abort.current?.abort(), []);
  return { start, estimate, sending };
};

/** Documents from files or addresses, with how they shall be treated and what that will cost. */
export const AddPage = () => {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [source, setSource] = useState(emptySource);
  const form = useForm({ resolver: zodResolver(AddValues), defaultValues: initialValues });
  // The values as they are typed: an estimate holds for them alone.
  const values = useWatch({ control: form.control, compute: (shown) => shown });
  const { start, estimate, sending } = useSending(source);
  const jobId = start.data?.job_id;
  useEffect(() => {
    if (jobId === undefined) return;
    void queries.invalidateQueries({ queryKey: documentsKey });
    void queries.invalidateQueries({ queryKey: documentJobsKey });
    void navigate({ to: "/documents/jobs/$jobId", params: { jobId } });
  }, [jobId, navigate, queries]);
  const obstacle = obstacleOf(source);
  const error = start.error ?? estimate.error;
  const hasRows =
    source.kind === "sheet" || (source.kind === "files" && source.files.some((file) => kindOf(file) === "spreadsheet"));
  const submit = (act: (sent: AddValues) => void) => (event?: React.SyntheticEvent) => {
    start.reset();
    estimate.reset();
    void form.handleSubmit(act)(event);
  };
  return (
    <Page title="Add documents" subtitle="Their text is read, and tags are suggested that you accept or reject.">
      <UnsavedGuard isDirty={obstacle === undefined && jobId === undefined} />
      <form
        noValidate
        onSubmit={submit((sent) => start.mutate(sent))}
        className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]"
      >
        <div className="flex min-w-0 flex-col gap-4">
          <SourceFields
            source={source}
            isBusy={sending !== undefined}
            onChange={(change) => setSource((present) => ({ ...present, ...change }))}
          />
          {error !== null && !isAbort(error) && <ErrorPanel error={describeError(error)} />}
          <OptionFields form={form} hasRows={hasRows} />
        </div>
        <StartCard
          form={form}
          obstacle={obstacle}
          estimate={estimate.data?.key === keyOf(source, values) ? estimate.data.found : undefined}
          sending={sending}
          onEstimate={submit((sent) => estimate.mutate(sent))}
        />
      </form>
    </Page>
  );
};
