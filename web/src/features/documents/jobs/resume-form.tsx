import { zodResolver } from "@hookform/resolvers/zod";
import { resumeBatch, type DocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { call } from "../../../api/call.ts";
import { documentJobsKey } from "../../../api/document-queries.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { DialogForm } from "../../../ui/dialog-form.tsx";
import { TextField } from "../../../ui/field.tsx";
import { count, dollars } from "../../../ui/format.ts";

const ResumeValues = z.object({
  budgetUsd: z.string().refine((text) => text === "" || (Number(text) > 0 && Number(text) <= 1_000_000), {
    message: "More than 0, at most 1,000,000 US dollars.",
  }),
});

/** A paused job goes on, with the budget that it has or another one. */
export const ResumeForm = ({ job, onDone }: { job: DocumentJob; onDone(): void }) => {
  const queries = useQueryClient();
  const form = useForm({
    resolver: zodResolver(ResumeValues),
    defaultValues: { budgetUsd: job.budget_usd === null ? "" : String(job.budget_usd) },
  });
  const resume = useFormCall({
    form,
    send: ({ budgetUsd }) =>
      call(resumeBatch, {
        params: { job_id: job.job_id },
        body: { budget_usd: budgetUsd === "" ? null : Number(budgetUsd) },
      }),
    onDone: async () => {
      await queries.invalidateQueries({ queryKey: documentJobsKey });
      onDone();
    },
    aliases: { budget_usd: "budgetUsd" },
  });
  return (
    <DialogForm save={resume} word="Resume" onCancel={onDone}>
      <TextField
        label="Budget in USD"
        type="number"
        min={0}
        step="any"
        placeholder="No limit"
        help={`Of the whole job: ${dollars(job.cost_usd)} are spent, ${count(job.pending)} documents wait. Empty: no limit.`}
        {...form.register("budgetUsd")}
        error={form.formState.errors.budgetUsd?.message}
      />
    </DialogForm>
  );
};
