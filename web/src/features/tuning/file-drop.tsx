import { trainingFileTypes } from "@llm-tuner/contract/files.ts";
import type { BaseModel } from "@llm-tuner/contract/base-models.ts";
import { clsx } from "clsx";
import { FileUp } from "lucide-react";
import { useDropzone } from "react-dropzone";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";

interface FileDropProps {
  baseModels: readonly BaseModel[];
  baseModel: string;
  onBaseModel(name: string): void;
  onFile(file: File): void;
  isBusy: boolean;
}

/** One file by drop, by click or by keyboard; the platform decides by its content whether it is of use. */
export const FileDrop = ({ baseModels, baseModel, onBaseModel, onFile, isBusy }: FileDropProps) => {
  const { getRootProps, getInputProps, isDragActive, open } = useDropzone({
    multiple: false,
    disabled: isBusy,
    noClick: true,
    noKeyboard: true,
    onDrop: ([file]) => {
      if (file !== undefined) onFile(file);
    },
  });
  const chosen = baseModels.find(({ name }) => name === baseModel);
  return (
    <>
      <div className="max-w-md">
        <SelectField
          label="Base model"
          help={chosen?.description}
          value={baseModel}
          onChange={(event) => onBaseModel(event.target.value)}
        >
          {baseModels.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </SelectField>
      </div>
      <div
        {...getRootProps()}
        className={clsx(
          "flex flex-col items-center gap-3 rounded-lg border-2 border-dashed px-6 py-16 text-center",
          isDragActive ? "border-accent bg-accent-soft" : "border-line-strong bg-raised",
        )}
      >
        <input {...getInputProps({ "aria-label": "Training file" })} />
        <FileUp aria-hidden className="text-faint" />
        <p className="font-medium">{isDragActive ? "Drop the file here" : "Drop a file here"}</p>
        <p className="text-soft">
          {trainingFileTypes.join(", ")}: a table with questions and answers, chats as JSON lines, or plain text.
        </p>
        <Button look="primary" isBusy={isBusy} onClick={open}>
          {isBusy ? "Uploading and checking" : "Choose a file"}
        </Button>
      </div>
    </>
  );
};
