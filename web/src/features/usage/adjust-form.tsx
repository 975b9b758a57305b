import { adjustUsageRequest, type UsageRequestDetail } from "@llm-tuner/contract/usage.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call.ts";
import { useAct } from "../../api/use-act.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { nanoUsdOf, usdOf } from "./usd-field.ts";

const Form = ({ request, onDone }: { request: UsageRequestDetail; onDone(): void }) => {
  const queries = useQueryClient();
  const [cost, setCost] = useState(usdOf(request.cost_nano_usd ?? undefined) ?? "");
  const [reason, setReason] = useState("");
  const [isChecked, setIsChecked] = useState(false);
  const nanoUsd = nanoUsdOf(cost);
  const adjust = useAct({
    act: (cost_nano_usd: number) =>
      call(adjustUsageRequest, { params: { id: request.request_id }, body: { cost_nano_usd, reason } }),
    notice: "The cost is changed, and the ledger says why.",
    onDone: async () => {
      await queries.invalidateQueries({ queryKey: ["usage"] });
      onDone();
    },
  });
  const costFault = nanoUsd === undefined ? "must be an amount such as 0.0042" : undefined;
  const reasonFault = reason.trim() === "" ? "is needed: whoever pays reads it" : undefined;
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        // A form in a dialog stands in the DOM elsewhere, but its events still rise through the page's components.
        event.stopPropagation();
        setIsChecked(true);
        if (nanoUsd !== undefined && reasonFault === undefined) adjust.mutate(nanoUsd);
      }}
    >
      <TextField
        label="Cost in USD"
        help="From now on; 0 gives everything back."
        inputMode="decimal"
        value={cost}
        error={isChecked ? costFault : undefined}
        onChange={({ target }) => setCost(target.value)}
      />
      <TextField
        label="Reason"
        maxLength={300}
        value={reason}
        error={isChecked ? reasonFault : undefined}
        onChange={({ target }) => setReason(target.value)}
      />
      <Button type="submit" look="primary" className="self-end" isBusy={adjust.isPending}>
        Change the cost
      </Button>
    </form>
  );
};

/** For administrators: gives money back or corrects a bill; the entries before stay as they are. */
export const AdjustButton = ({ request }: { request: UsageRequestDetail }) => {
  const [isOpen, setIsOpen] = useState(false);
  const close = (): void => setIsOpen(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Change the cost</Button>
      <Dialog
        open={isOpen}
        onClose={close}
        title="Change what this request costs"
        description="The ledger gets an entry with the difference. Nothing of it is taken away."
      >
        <Form request={request} onDone={close} />
      </Dialog>
    </>
  );
};
