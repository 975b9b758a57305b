import { AlertDialog } from "@base-ui/react/alert-dialog";
import type { ReactElement, ReactNode } from "react";
import { Button } from "./button.tsx";
import { backdropClass, popupClass } from "./dialog.tsx";

interface ConfirmProps {
  /** Absent where the parent opens it by `open`. */
  trigger?: ReactElement<Record<string, unknown>>;
  open?: boolean;
  onOpenChange?(open: boolean): void;
  title: string;
  children: ReactNode;
  confirm: string;
  cancel?: string;
  onConfirm(): void;
}

/** Asks before something is lost; says what will be lost and names the act on the button. */
export const Confirm = ({
  trigger,
  title,
  children,
  confirm,
  cancel = "Cancel",
  onConfirm,
  ...controlled
}: ConfirmProps) => (
  <AlertDialog.Root {...controlled}>
    {trigger !== undefined && <AlertDialog.Trigger render={trigger} />}
    <AlertDialog.Portal>
      <AlertDialog.Backdrop className={backdropClass} />
      <AlertDialog.Popup className={popupClass}>
        <AlertDialog.Title className="text-base font-semibold break-words">{title}</AlertDialog.Title>
        <AlertDialog.Description className="mt-2 break-words text-soft">{children}</AlertDialog.Description>
        <div className="mt-5 flex justify-end gap-2">
          <AlertDialog.Close render={<Button>{cancel}</Button>} />
          <AlertDialog.Close render={<Button look="danger">{confirm}</Button>} onClick={onConfirm} />
        </div>
      </AlertDialog.Popup>
    </AlertDialog.Portal>
  </AlertDialog.Root>
);
