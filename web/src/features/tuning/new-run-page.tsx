import { createDataset, deleteDataset, type Dataset, type DatasetMapping } from "@llm-tuner/contract/datasets.ts";
import { upload, type StoredFile } from "@llm-tuner/contract/files.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { baseModelsQuery, datasetQuery } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { Card, Skeleton } from "../../ui/card.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { bytes } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { DatasetCheck } from "./dataset-check.tsx";
import { FileDrop } from "./file-drop.tsx";
import { MappingForm } from "./mapping-form.tsx";
import { RunSettings } from "./run-settings.tsx";

interface Checked {
  /** Absent where the data set was made of something else than an upload. */
  file: StoredFile | undefined;
  datasetId: string;
}

const uploadFile = async (file: File): Promise<StoredFile> => {
  const form = new FormData();
  form.append("files", file);
  const { files } = await call(upload, { form });
  const [stored] = files;
  if (stored === undefined) throw new Error("the platform kept no file");
  return stored;
};

const check = (file: StoredFile, baseModel: string, mapping?: DatasetMapping): Promise<Dataset> =>
  call(createDataset, {
    body: { file_ids: [file.file_id], base_model: baseModel, ...(mapping === undefined ? {} : { mapping }) },
  });

const FileSummary = ({ file, onChange }: { file: StoredFile; onChange(): void }) => (
  <Card title={file.originalName} action={<Button onClick={onChange}>Choose another file</Button>}>
    <p className="text-soft">
      {bytes(file.size)}, {file.encoding}
    </p>
    <pre className="mt-3 max-h-32 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs whitespace-pre-wrap">
      {file.contentPreview}
    </pre>
  </Card>
);

/** The checked data set with what may be done about it: another mapping, and the start of the run. */
const CheckedDataset = ({
  checked,
  onRemap,
  isRemapping,
}: {
  checked: Checked;
  onRemap(mapping: DatasetMapping): void;
  isRemapping: boolean;
}) => {
  const { data: dataset, error, refetch } = useQuery(datasetQuery(checked.datasetId));
  const refused = error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (dataset === undefined) return refused === false ? <Skeleton className="h-64" /> : refused;
  if (dataset.status === "checking") {
    return (
      <Card title="Checking your data">
        <ProgressBar share={dataset.progress} label="Checking your data" />
      </Card>
    );
  }
  if (dataset.report === null) {
    return <ErrorPanel error={{ message: dataset.error?.message ?? "The data set could not be made." }} />;
  }
  return (
    <>
      {refused}
      <DatasetCheck dataset={dataset} report={dataset.report} />
      {checked.file?.columns !== undefined && checked.file.columns.length > 1 && (
        <MappingForm
          columns={checked.file.columns}
          mapping={dataset.report.mapping}
          isBusy={isRemapping}
          onApply={onRemap}
        />
      )}
      <RunSettings dataset={dataset} report={dataset.report} />
    </>
  );
};

/**
 * Drop a file, read what its check found, start with defaults that fit: the three steps are one page. A data set that is
 * there already begins with the second.
 */
export const NewRunPage = ({ datasetId: given }: { datasetId: string | undefined }) => {
  const { data: baseModels, error: baseModelsError } = useQuery(baseModelsQuery);
  const [chosenBase, setChosenBase] = useState<string>();
  const baseModel = chosenBase ?? baseModels?.base_models[0]?.name ?? "starter";
  const [checked, setChecked] = useState<Checked | undefined>(
    given === undefined ? undefined : { file: undefined, datasetId: given },
  );

  const start = useMutation({
    mutationFn: async (source: File) => {
      const file = await uploadFile(source);
      return { file, datasetId: (await check(file, baseModel)).id };
    },
    onSuccess: setChecked,
  });
  const remap = useMutation({
    mutationFn: async ({
      file,
      datasetId,
      mapping,
    }: {
      file: StoredFile;
      datasetId: string;
      mapping: DatasetMapping;
    }) => {
      const dataset = await check(file, baseModel, mapping);
      await call(deleteDataset, { params: { id: datasetId } });
      return { file, datasetId: dataset.id };
    },
    onSuccess: setChecked,
  });
  const error = start.error ?? remap.error ?? baseModelsError;

  return (
    <Page
      title="New run"
      subtitle="Questions and answers, a table, or plain text: the first rows show how your file is read."
    >
      {checked === undefined ? (
        <FileDrop
          baseModels={baseModels?.base_models ?? []}
          baseModel={baseModel}
          onBaseModel={setChosenBase}
          isBusy={start.isPending}
          onFile={(file) => start.mutate(file)}
        />
      ) : (
        <>
          {checked.file !== undefined && <FileSummary file={checked.file} onChange={() => setChecked(undefined)} />}
          <CheckedDataset
            key={checked.datasetId}
            checked={checked}
            isRemapping={remap.isPending}
            onRemap={(mapping) => {
              if (checked.file !== undefined) remap.mutate({ ...checked, file: checked.file, mapping });
            }}
          />
        </>
      )}
      {error !== null && <ErrorPanel error={describeError(error)} />}
    </Page>
  );
};
