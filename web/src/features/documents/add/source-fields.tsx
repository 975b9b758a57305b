import { clsx } from "clsx";
import { FileUp, X } from "lucide-react";
import { useState } from "react";
import { useDropzone } from "react-dropzone";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { TextAreaField, TextField } from "../../../ui/field.tsx";
import { bytes, count } from "../../../ui/format.ts";
import { Notice } from "../../../ui/notice.tsx";
import { plural } from "../plural.ts";
import { addressFault, addressesOf } from "./add-values.ts";
import { withFiles } from "./source-files.ts";

const sourceKinds = ["files", "addresses", "sheet"] as const;
type SourceKind = (typeof sourceKinds)[number];

/** What a job shall be made of; what was typed for the other kinds is kept beside. */
export interface Source {
  kind: SourceKind;
  files: readonly File[];
  addresses: string;
  sheetUrl: string;
}

export const emptySource: Source = { kind: "files", files: [], addresses: "", sheetUrl: "" };

const kindWords: Record<SourceKind, string> = {
  files: "Files",
  addresses: "Addresses",
  sheet: "Spreadsheet by address",
};

interface FieldsProps {
  source: Source;
  isBusy: boolean;
  onChange(change: Partial<Source>): void;
}

const mostListed = 100;

const FileList = ({ source: { files }, isBusy, onChange }: FieldsProps) => (
  <div className="mt-4">
    <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
      <span className="figures font-medium">
        {plural(files.length, "file")}, {bytes(files.reduce((sum, { size }) => sum + size, 0))}
      </span>
      <Button look="quiet" disabled={isBusy} onClick={() => onChange({ files: [] })}>
        Clear
      </Button>
    </div>
    <ul className="max-h-64 overflow-y-auto rounded-md border border-line" tabIndex={0} aria-label="Chosen files">
      {files.slice(0, mostListed).map((file) => (
        <li
          key={`${file.name} ${file.size} ${file.lastModified}`}
          className="flex items-center gap-3 border-b border-line px-3 py-1.5 last:border-0"
        >
          <span className="min-w-0 flex-1 truncate">{file.name}</span>
          <span className="figures text-xs text-faint">{bytes(file.size)}</span>
          <button
            type="button"
            disabled={isBusy}
            aria-label={`Take ${file.name} away`}
            className="rounded p-1 text-faint hover:bg-hover hover:text-text"
            onClick={() => onChange({ files: files.filter((other) => other !== file) })}
          >
            <X aria-hidden size={14} />
          </button>
        </li>
      ))}
      {files.length > mostListed && (
        <li className="px-3 py-1.5 text-faint">and {count(files.length - mostListed)} more</li>
      )}
    </ul>
  </div>
);

const FileFields = (props: FieldsProps) => {
  const { source, isBusy, onChange } = props;
  const [faults, setFaults] = useState<readonly string[]>([]);
  const { getRootProps, getInputProps, isDragActive, open } = useDropzone({
    disabled: isBusy,
    noClick: true,
    noKeyboard: true,
    onDrop: (added) => {
      const { files, faults } = withFiles(source.files, added);
      onChange({ files });
      setFaults(faults);
    },
  });
  return (
    <>
      <div
        {...getRootProps()}
        className={clsx(
          "flex flex-col items-center gap-3 rounded-lg border-2 border-dashed px-6 text-center",
          source.files.length === 0 ? "py-14" : "py-6",
          isDragActive ? "border-accent bg-accent-soft" : "border-line-strong bg-surface",
        )}
      >
        <input {...getInputProps({ "aria-label": "Documents" })} />
        <FileUp aria-hidden className="text-faint" />
        <p className="font-medium">{isDragActive ? "Drop them here" : "Drop PDFs here, or one spreadsheet"}</p>
        <p className="text-soft">As many PDFs as you like; or an .xlsx or .csv with a column of addresses.</p>
        <Button disabled={isBusy} onClick={open}>
          Choose files
        </Button>
      </div>
      {faults.length > 0 && (
        <div className="mt-3">
          <Notice tone="warning">
            {faults.map((fault) => (
              <p key={fault}>{fault}</p>
            ))}
          </Notice>
        </div>
      )}
      {source.files.length > 0 && <FileList {...props} />}
    </>
  );
};

const AddressFields = ({ source, isBusy, onChange }: FieldsProps) => {
  const addresses = addressesOf(source.addresses);
  return (
    <TextAreaField
      label="Addresses of PDFs"
      rows={8}
      disabled={isBusy}
      spellCheck={false}
      placeholder={"https://example.org/report.pdf\nhttps://example.org/minutes.pdf"}
      help={
        addresses.length === 0
          ? "One a line."
          : `${plural(addresses.length, "different address", "different addresses")}.`
      }
      value={source.addresses}
      error={addressFault(addresses)}
      onChange={({ target }) => onChange({ addresses: target.value })}
    />
  );
};

const SheetFields = ({ source, isBusy, onChange }: FieldsProps) => {
  const address = source.sheetUrl.trim();
  return (
    <TextField
      label="Address of the spreadsheet"
      type="url"
      disabled={isBusy}
      placeholder="https://example.org/documents.xlsx"
      help="An .xlsx or .csv with a column of addresses that everybody can open."
      value={source.sheetUrl}
      error={address === "" ? undefined : addressFault([address])}
      onChange={({ target }) => onChange({ sheetUrl: target.value })}
    />
  );
};

/** Where the documents come from: files of this computer, or addresses. */
export const SourceFields = (props: FieldsProps) => {
  const { source, isBusy, onChange } = props;
  return (
    <Card>
      <div role="radiogroup" aria-label="Where they come from" className="mb-4 flex flex-wrap gap-1">
        {sourceKinds.map((kind) => (
          <label
            key={kind}
            className={clsx(
              "cursor-pointer rounded-md px-3 py-1.5 has-focus-visible:outline-2 has-focus-visible:outline-accent",
              source.kind === kind ? "bg-accent-soft font-medium text-accent-text" : "text-soft hover:bg-hover",
            )}
          >
            <input
              type="radio"
              name="source"
              className="sr-only"
              disabled={isBusy}
              checked={source.kind === kind}
              onChange={() => onChange({ kind })}
            />
            {kindWords[kind]}
          </label>
        ))}
      </div>
      {source.kind === "files" && <FileFields {...props} />}
      {source.kind === "addresses" && <AddressFields {...props} />}
      {source.kind === "sheet" && <SheetFields {...props} />}
    </Card>
  );
};
