import type { Dataset, DatasetReport } from "@llm-tuner/contract/datasets.ts";
import {
  HyperparameterOverrides,
  Optimizer,
  TuningMethod,
  type Hyperparameters,
} from "@llm-tuner/contract/hyperparameters.ts";
import { startTraining } from "@llm-tuner/contract/training.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { baseModelsQuery } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { count } from "../../ui/format.ts";
import { Term } from "../../ui/term.tsx";

const numbers = [
  { name: "epochs", label: "Epochs", meaning: "How often the model reads every example.", step: 1 },
  { name: "learning_rate", label: "Learning rate", meaning: "How big each correction is.", step: "any" },
  { name: "batch_size", label: "Batch size", meaning: "Examples that are read before each correction.", step: 1 },
  {
    name: "weight_decay",
    label: "Weight decay",
    meaning: "Pulls weights towards zero, against learning by heart.",
    step: "any",
  },
  {
    name: "max_sequence_length",
    label: "Longest example",
    meaning: "Examples with more tokens than this are cut.",
    step: 1,
  },
] as const;

interface RunSettingsProps {
  dataset: Dataset;
  report: DatasetReport;
}

const SettingsForm = ({ dataset, report, defaults }: RunSettingsProps & { defaults: Hyperparameters }) => {
  const navigate = useNavigate();
  const { register, handleSubmit, formState, control } = useForm({
    resolver: zodResolver(HyperparameterOverrides),
    defaultValues: defaults,
  });
  // One id for as long as the form stands: a double click or a repeated request starts one run.
  const [requestId] = useState(() => crypto.randomUUID());
  const start = useMutation({
    mutationFn: (hyperparameters: HyperparameterOverrides) =>
      call(startTraining, {
        body: {
          hyperparameters,
          files: [],
          dataset_id: dataset.id,
          base_model: dataset.base_model,
          request_id: requestId,
        },
      }),
    onSuccess: ({ job_name }) => navigate({ to: "/tuning/$jobName", params: { jobName: job_name } }),
  });
  const { errors } = formState;
  const epochs = Number(useWatch({ control, name: "epochs" }));
  return (
    <form noValidate onSubmit={(event) => void handleSubmit((values) => start.mutate(values))(event)}>
      <Card title="Run">
        <div className="grid gap-4 sm:grid-cols-3">
          {numbers.map(({ name, label, meaning, step }) => (
            <TextField
              key={name}
              type="number"
              step={step}
              label={<Term meaning={meaning}>{label}</Term>}
              {...register(name, { valueAsNumber: true })}
              error={errors[name]?.message}
            />
          ))}
          <SelectField label="Optimizer" {...register("optimizer")} error={errors.optimizer?.message}>
            {Optimizer.options.map((optimizer) => (
              <option key={optimizer}>{optimizer}</option>
            ))}
          </SelectField>
          <SelectField
            label={
              <Term meaning="Full changes every weight. LoRA trains a small addition beside them and needs less memory.">
                Method
              </Term>
            }
            {...register("method")}
            error={errors.method?.message}
          >
            {TuningMethod.options.map((method) => (
              <option key={method} value={method}>
                {method === "full" ? "Full" : "LoRA"}
              </option>
            ))}
          </SelectField>
        </div>
        <div className="mt-4 flex flex-wrap items-center gap-4">
          <Button type="submit" look="primary" isBusy={start.isPending}>
            Start the run
          </Button>
          <span className="figures text-soft">
            {Number.isFinite(epochs)
              ? `${count(report.train.tokens * epochs)} tokens on this machine, free of charge.`
              : ""}
          </span>
        </div>
        {start.error !== null && (
          <div className="mt-4">
            <ErrorPanel error={describeError(start.error)} />
          </div>
        )}
      </Card>
    </form>
  );
};

/** Settings of the run with the base model's defaults filled in. */
export const RunSettings = ({ dataset, report }: RunSettingsProps) => {
  const { data } = useQuery(baseModelsQuery);
  const defaults = data?.base_models.find(({ name }) => name === dataset.base_model)?.default_hyperparameters;
  return defaults === undefined ? null : <SettingsForm dataset={dataset} report={report} defaults={defaults} />;
};
