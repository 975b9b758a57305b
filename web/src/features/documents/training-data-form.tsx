import { exportDocuments, type ExportDocumentsRequest, type TaggedDataset } from "@llm-tuner/contract/documents.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { baseModelsQuery } from "../../api/queries.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { DialogForm } from "../../ui/dialog-form.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Notice } from "../../ui/notice.tsx";
import { leftOutWords } from "./left-out-words.ts";
import { plural } from "./plural.ts";

interface TrainingDataFormProps {
  documents: Pick<ExportDocumentsRequest, "document_ids" | "filter">;
  onCancel(): void;
}

const makeDataset = async (body: Omit<ExportDocumentsRequest, "format" | "include_text">): Promise<TaggedDataset> => {
  const made = await call(exportDocuments, { body: { ...body, format: "training_data" } });
  if (made === undefined) throw new Error("the platform answered with a file where a data set was asked for");
  return made;
};

const Done = ({ made, onClose }: { made: TaggedDataset; onClose(): void }) => (
  <div className="flex flex-col gap-4">
    <Notice tone="success">{plural(made.examples, "example")}.</Notice>
    {made.left_out > 0 && (
      <div className="text-soft">
        {plural(made.left_out, "document was", "documents were")} left out:
        <ul className="mt-1 list-disc pl-5">
          {leftOutWords(made.left_out_because).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </div>
    )}
    <div className="flex justify-end gap-2">
      <Button onClick={onClose}>Close</Button>
      <Link to="/tuning/new" search={{ dataset: made.dataset.id }} className={buttonClass("primary")}>
        Open the data set
      </Link>
    </div>
  </div>
);

const TrainingDataForm = ({ documents, onCancel }: TrainingDataFormProps) => {
  const { data: baseModels } = useQuery(baseModelsQuery);
  const [name, setName] = useState("");
  const [chosenBase, setChosenBase] = useState<string>();
  const baseModel = chosenBase ?? baseModels?.base_models[0]?.name ?? "starter";
  const make = useMutation({
    mutationFn: () =>
      makeDataset({ ...documents, base_model: baseModel, ...(name.trim() === "" ? {} : { name: name.trim() }) }),
  });
  const save = {
    onSubmit: (event: SyntheticEvent): void => {
      event.preventDefault();
      // The dialog stands in the DOM elsewhere, but its events still rise through the page's components.
      event.stopPropagation();
      make.mutate();
    },
    isBusy: make.isPending,
    panel: make.error === null ? undefined : describeError(make.error),
  };
  if (make.data !== undefined) return <Done made={make.data} onClose={onCancel} />;
  return (
    <DialogForm save={save} word="Make the data set" onCancel={onCancel}>
      <TextField
        label="Name"
        placeholder="Tags of documents"
        maxLength={200}
        autoComplete="off"
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <SelectField
        label="Base model"
        help="The model that will be tuned: its examples are counted in its own tokens."
        value={baseModel}
        onChange={({ target }) => setChosenBase(target.value)}
      >
        {(baseModels?.base_models ?? []).map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </SelectField>
    </DialogForm>
  );
};

interface TrainingDataDialogProps {
  documents: TrainingDataFormProps["documents"];
  open: boolean;
  onClose(): void;
}

/** Makes a data set of documents, and leads to the run that tunes a model on it. */
export const TrainingDataDialog = ({ documents, open, onClose }: TrainingDataDialogProps) => (
  <Dialog
    open={open}
    onClose={onClose}
    title="Make a training data set"
    description="Each document whose tags you accepted becomes an example: its text, and the tags that a model shall give it."
  >
    <TrainingDataForm documents={documents} onCancel={onClose} />
  </Dialog>
);

/** All documents, in one press. */
export const MakeTrainingData = () => {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Make a training data set</Button>
      <TrainingDataDialog documents={{}} open={isOpen} onClose={() => setIsOpen(false)} />
    </>
  );
};
