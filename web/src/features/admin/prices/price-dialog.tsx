import { useQuery } from "@tanstack/react-query";
import { connectionsQuery } from "../../../api/provider-queries.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { providerOf } from "../providers/provider-kinds.ts";
import { PriceForm } from "./price-form.tsx";
import { noPrice, valuesOfPrice, type PriceWish } from "./price-values.ts";

/** What the models of this platform have their prices under. */
const ownModels = "tuned";

interface PriceDialogProps {
  /** What the price is for; `new` leaves that to the person, undefined closes the dialog. */
  wish: PriceWish | "new" | undefined;
  onClose(): void;
}

export const PriceDialog = ({ wish, onClose }: PriceDialogProps) => {
  const { data } = useQuery({ ...connectionsQuery, enabled: wish !== undefined });
  const providers = [...new Set([...(data?.connections ?? []).map(providerOf), ownModels])];
  return (
    <Dialog
      open={wish !== undefined}
      onClose={onClose}
      title="Set a price"
      description="Requests that begin from then on cost this. The price before ends there, and its bills stay as they are."
    >
      {wish !== undefined && (
        <PriceForm initial={wish === "new" ? noPrice : valuesOfPrice(wish)} providers={providers} onClose={onClose} />
      )}
    </Dialog>
  );
};
