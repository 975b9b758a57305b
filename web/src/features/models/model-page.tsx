import { deployModel, undeployModel, type TunedModel } from "@llm-tuner/contract/models.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { modelQuery } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { Card, Figures, Skeleton } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Copyable } from "../../ui/copy.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { bytes, count } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { showError } from "../../ui/toasts.tsx";
import { ParityStatus } from "./parity.tsx";
import { TryOut } from "./try-out.tsx";
import { UseAsTagger } from "./use-as-tagger.tsx";

const parityMeaning = "Whether the model that answers gives the very same tokens as the model that was trained.";

const Actions = ({ model }: { model: TunedModel }) => {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: modelQuery(model.id).queryKey });
  const onError = (error: Error): void => showError(error.message);
  const params = { id: model.id };
  const deploy = useMutation({ mutationFn: () => call(deployModel, { params, body: {} }), onSuccess, onError });
  const undeploy = useMutation({ mutationFn: () => call(undeployModel, { params }), onSuccess, onError });
  if (model.deployment === null) {
    return (
      <Button look="primary" isBusy={deploy.isPending} onClick={() => deploy.mutate()}>
        Deploy
      </Button>
    );
  }
  return (
    <Confirm
      trigger={
        <Button look="danger" isBusy={undeploy.isPending}>
          Take down
        </Button>
      }
      title="Take this model down?"
      confirm="Take it down"
      onConfirm={() => undeploy.mutate()}
    >
      Programs that ask for {model.name} will get an error. The model itself stays and can be deployed again.
    </Confirm>
  );
};

const snippet = (model: TunedModel): string => `curl ${location.origin}/v1/chat/completions \\
  -H "Authorization: Bearer $LLM_TUNER_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model.name}", "messages": [{"role": "user", "content": "Hello"}]}'`;

const Details = ({ model }: { model: TunedModel }) => (
  <Card>
    <Figures
      figures={[
        {
          name: "Held-out loss",
          value: `${model.held_out_loss_before?.toFixed(3) ?? "–"} → ${model.held_out_loss_after?.toFixed(3) ?? "–"}`,
        },
        { name: "Parity", meaning: parityMeaning, value: <ParityStatus parity={model.parity} /> },
        {
          name: "Deployment",
          value:
            model.deployment === null ? (
              "Not deployed"
            ) : (
              <Status tone="success">{`Deployed, ${model.deployment.status}`}</Status>
            ),
        },
        { name: "Parameters", value: count(model.parameters) },
        { name: "Size", value: bytes(model.size_bytes) },
      ]}
    />
    {model.parity.message !== null && <p className="mt-3 text-soft">{model.parity.message}</p>}
    <p className="mt-3 text-soft">
      Tuned from {model.base_model} by{" "}
      <Link to="/tuning/$jobName" params={{ jobName: model.job_name }} className="text-accent-text hover:underline">
        this run
      </Link>
      .
    </p>
  </Card>
);

export const ModelPage = ({ modelId }: { modelId: string }) => {
  const { data: model, error, refetch } = useQuery(modelQuery(modelId));
  const refused = error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (model === undefined) {
    return (
      <Page title="Model">
        {refused === false ? (
          <>
            <Skeleton className="h-24" />
            <Skeleton className="h-64" />
          </>
        ) : (
          refused
        )}
      </Page>
    );
  }
  return (
    <Page title={model.name} subtitle={<Copyable text={model.id} />} action={<Actions model={model} />}>
      {refused}
      <Details model={model} />
      <TryOut model={model} />
      <UseAsTagger model={model} />
      {model.deployment !== null && (
        <Card title="Call it from a program">
          <pre className="overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs">{snippet(model)}</pre>
          <p className="mt-3 text-soft">
            The key comes from{" "}
            <Link to="/keys" className="text-accent-text hover:underline">
              Keys
            </Link>
            . The OpenAI SDKs work with the base URL {location.origin}/v1. For a longer conversation, or beside any
            other model,{" "}
            <Link to="/playground" search={{ model: model.name }} className="text-accent-text hover:underline">
              ask it in the playground
            </Link>
            .
          </p>
        </Card>
      )}
    </Page>
  );
};
