import { AlertDialog } from "@base-ui/react/alert-dialog";
import type { ReactElement, ReactNode } from "react";
import { Button } from "./button.tsx";

interface ConfirmProps {
  trigger: ReactElement<Record<string, unknown>>;
  title: string;
  children: ReactNode;
  confirm: string;
  onConfirm(): void;
}

/** Asks before something is lost; says what will be lost and names the act on the button. */
export const Confirm = ({ trigger, title, children, confirm, onConfirm }: ConfirmProps) => (
  <AlertDialog.Root>
    <AlertDialog.Trigger render={trigger} />
    <AlertDialog.Portal>
      <AlertDialog.Backdrop className="fixed inset-0 bg-black/50" />
      <AlertDialog.Popup className="fixed top-1/2 left-1/2 w-[min(28rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 rounded-lg border border-line bg-raised p-5 shadow-card">
        <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
        <AlertDialog.Description className="mt-2 text-soft">{children}</AlertDialog.Description>
        <div className="mt-5 flex justify-end gap-2">
          <AlertDialog.Close render={<Button>Cancel</Button>} />
          <AlertDialog.Close render={<Button look="danger">{confirm}</Button>} onClick={onConfirm} />
        </div>
      </AlertDialog.Popup>
    </AlertDialog.Portal>
  </AlertDialog.Root>
);
