import type { DatasetMapping } from "@llm-tuner/contract/datasets.ts";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { SelectField } from "../../ui/field.tsx";

interface MappingFormProps {
  columns: readonly string[];
  mapping: DatasetMapping;
  isBusy: boolean;
  onApply(mapping: DatasetMapping): void;
}

const isOneOf = (kind: string): kind is "prompt_completion" | "text" => kind === "prompt_completion" || kind === "text";

/** Says which columns are the question and which is the answer, when the automatic choice is not meant. */
export const MappingForm = ({ columns, mapping, isBusy, onApply }: MappingFormProps) => {
  const [kind, setKind] = useState<"prompt_completion" | "text">(
    mapping.kind === "text" ? "text" : "prompt_completion",
  );
  const initial = mapping.kind === "prompt_completion" ? mapping : undefined;
  const [prompts, setPrompts] = useState<readonly string[]>(initial?.prompt_columns ?? columns.slice(0, -1));
  const [completion, setCompletion] = useState(initial?.completion_column ?? columns.at(-1) ?? "");
  const chosen = prompts.filter((column) => column !== completion);
  const apply = (): void =>
    onApply(kind === "text" ? { kind: "text" } : { kind, prompt_columns: [...chosen], completion_column: completion });
  return (
    <Card title="How rows become examples">
      <div className="grid gap-4 sm:grid-cols-3">
        <SelectField
          label="A row is"
          value={kind}
          onChange={({ target }) => {
            if (isOneOf(target.value)) setKind(target.value);
          }}
        >
          <option value="prompt_completion">A question with its answer</option>
          <option value="text">One text</option>
        </SelectField>
        {kind === "prompt_completion" && (
          <>
            <fieldset>
              <legend className="mb-1 font-medium">Question from</legend>
              <div className="max-h-32 space-y-1 overflow-y-auto">
                {columns.map((column) => (
                  <label key={column} className="flex items-center gap-2">
                    <input
                      type="checkbox"
                      className="accent-[var(--accent)]"
                      disabled={column === completion}
                      checked={chosen.includes(column)}
                      onChange={({ target }) =>
                        setPrompts(
                          target.checked
                            ? columns.filter((name) => name === column || chosen.includes(name))
                            : chosen.filter((name) => name !== column),
                        )
                      }
                    />
                    {column}
                  </label>
                ))}
              </div>
            </fieldset>
            <SelectField label="Answer" value={completion} onChange={({ target }) => setCompletion(target.value)}>
              {columns.map((column) => (
                <option key={column}>{column}</option>
              ))}
            </SelectField>
          </>
        )}
      </div>
      <div className="mt-3">
        <Button isBusy={isBusy} disabled={kind === "prompt_completion" && chosen.length === 0} onClick={apply}>
          Check again with this
        </Button>
      </div>
    </Card>
  );
};
