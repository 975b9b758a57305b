import { deleteOfferedModel, updateOfferedModel, type OfferedModel } from "@llm-tuner/contract/providers.ts";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { providersKey } from "../../../api/provider-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { count } from "../../../ui/format.ts";
import { Menu } from "../../../ui/menu.tsx";
import { Cell, TableRow } from "../../../ui/paged-table.tsx";
import { Status } from "../../../ui/status.tsx";
import type { PriceWish } from "../prices/price-values.ts";
import { losingText } from "./dependents.ts";
import { hasNoPrice, isPricedByName } from "./model-filters.ts";
import { capabilityWords, leavingText, priceText, sourceWords, timeLimitsText } from "./model-words.ts";
import { useLosingRoutes } from "./use-losing-routes.ts";

interface ModelRowProps {
  model: OfferedModel;
  onEdit(): void;
  onSetPrice(wish: PriceWish): void;
}

const priceWish = ({ provider, price_model }: OfferedModel): PriceWish => ({ provider, model_pattern: price_model });

const RemoveConfirm = ({ model, open, onClose }: { model: OfferedModel; open: boolean; onClose(): void }) => {
  const isShipped = model.source === "catalogue";
  const losing = useLosingRoutes(({ id }) => id === model.id, open && !isShipped);
  const remove = useAct({
    act: () => call(deleteOfferedModel, { params: { id: model.id } }),
    changes: [providersKey],
    notice: isShipped ? `${model.model} is as it was shipped.` : `${model.model} is not on offer any more.`,
  });
  return (
    <Confirm
      open={open}
      onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}
      title={isShipped ? `Undo your changes to ${model.model}?` : `Take ${model.model} off the offer?`}
      confirm={isShipped ? "Undo the changes" : "Take it off"}
      onConfirm={() => remove.mutate()}
    >
      {isShipped
        ? "What you changed of it is forgotten. It stays on offer as it was shipped."
        : `Programs that ask for it are refused, unless another connection has it. ${losing === undefined ? "" : losingText(losing)}`}
    </Confirm>
  );
};

const Acts = ({ model, onEdit, onSetPrice }: ModelRowProps) => {
  const [isRemoving, setIsRemoving] = useState(false);
  const turn = useAct({
    act: () => call(updateOfferedModel, { params: { id: model.id }, body: { enabled: !model.enabled } }),
    changes: [providersKey],
    notice: `${model.model} is ${model.enabled ? "disabled" : "enabled"}.`,
  });
  const canRemove = model.source !== "catalogue" || model.changed;
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" isBusy={turn.isPending} aria-label={`Actions on ${model.model}`}>
            <Ellipsis aria-hidden size={16} />
          </Button>
        }
        acts={[
          { word: "Edit", onSelect: onEdit },
          ...(isPricedByName(model) ? [] : [{ word: "Set a price", onSelect: () => onSetPrice(priceWish(model)) }]),
          { word: model.enabled ? "Disable" : "Enable", onSelect: () => turn.mutate() },
          ...(canRemove
            ? [
                {
                  word: model.source === "catalogue" ? "Undo changes" : "Take off the offer",
                  isDangerous: true,
                  onSelect: () => setIsRemoving(true),
                },
              ]
            : []),
        ]}
      />
      <RemoveConfirm model={model} open={isRemoving} onClose={() => setIsRemoving(false)} />
    </>
  );
};

const Price = ({ model, onSetPrice }: Omit<ModelRowProps, "onEdit">) => {
  if (isPricedByName(model)) return <span className="text-faint">By the name asked for</span>;
  if (!hasNoPrice(model)) return <span className="whitespace-nowrap tabular-nums">{priceText(model)}</span>;
  return (
    <>
      <Status tone="warning">No price</Status>
      <button
        type="button"
        className="block text-accent-text hover:underline"
        aria-label={`Set a price of ${model.model}`}
        onClick={() => onSetPrice(priceWish(model))}
      >
        Set one
      </button>
    </>
  );
};

const ModelStatus = ({ model }: { model: OfferedModel }) => {
  if (!model.enabled) return <Status tone="danger">Disabled</Status>;
  return model.available ? <Status tone="success">On offer</Status> : <Status tone="warning">Connection off</Status>;
};

export const ModelRow = (props: ModelRowProps) => {
  const { model } = props;
  const limits = timeLimitsText(model);
  return (
    <TableRow>
      <Cell>
        <div className="font-medium break-words">{model.model}</div>
        <div className="text-xs text-faint">
          {sourceWords[model.source]}
          {model.changed && ", changed"}
          {model.price_model !== model.model && `, costs as ${model.price_model}`}
        </div>
      </Cell>
      <Cell>
        <Price {...props} />
      </Cell>
      <Cell isNumber>
        {model.context_window === null ? <span className="text-faint">–</span> : count(model.context_window)}
      </Cell>
      <Cell>
        <span className="text-xs">{model.capabilities.map((name) => capabilityWords[name].word).join(", ")}</span>
      </Cell>
      <Cell>
        <div className="text-xs">{leavingText(model)}</div>
        {limits !== "" && <div className="text-xs text-faint">{limits}</div>}
      </Cell>
      <Cell>
        <ModelStatus model={model} />
      </Cell>
      <Cell>
        <Acts {...props} />
      </Cell>
    </TableRow>
  );
};
