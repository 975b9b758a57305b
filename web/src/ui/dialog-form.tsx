import type { ReactNode, SyntheticEvent } from "react";
import { Button } from "./button.tsx";
import { ErrorPanel, type DescribedError } from "./error-panel.tsx";
import { UnsavedGuard } from "./unsaved-guard.tsx";

interface DialogFormProps {
  /** What the form sends, and what came of it. */
  save: { onSubmit(event: SyntheticEvent): void; isBusy: boolean; panel: DescribedError | undefined };
  /** What the button says that sends it. */
  word: string;
  /** Whether it holds what would be lost; whoever leaves the page then is asked. */
  isDirty?: boolean;
  onCancel(): void;
  children: ReactNode;
}

/** The fields of a dialog, what was refused of them, and the two ways out. */
export const DialogForm = ({ save, word, isDirty = false, onCancel, children }: DialogFormProps) => (
  <form noValidate onSubmit={save.onSubmit} className="flex flex-col gap-4">
    <UnsavedGuard isDirty={isDirty} />
    {children}
    {save.panel !== undefined && <ErrorPanel error={save.panel} />}
    <div className="flex justify-end gap-2">
      <Button onClick={onCancel}>Cancel</Button>
      <Button type="submit" look="primary" isBusy={save.isBusy}>
        {word}
      </Button>
    </div>
  </form>
);
