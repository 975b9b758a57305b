import { deleteModelRoute, updateModelRoute, type ModelRoute } from "@llm-tuner/contract/model-routes.ts";
import { useQuery } from "@tanstack/react-query";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { modelRoutesQuery, providersKey } from "../../../api/provider-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { ago, dateTime } from "../../../ui/format.ts";
import { Menu } from "../../../ui/menu.tsx";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import { Status } from "../../../ui/status.tsx";
import { RouteForm } from "./route-form.tsx";
import { RoutePicture } from "./route-picture.tsx";

const Acts = ({ route, onEdit }: { route: ModelRoute; onEdit(): void }) => {
  const [isRemoving, setIsRemoving] = useState(false);
  const { id, name, enabled } = route;
  const remove = useAct({
    act: () => call(deleteModelRoute, { params: { id } }),
    changes: [providersKey],
    notice: `The route ${name} is removed.`,
  });
  const turn = useAct({
    act: () => call(updateModelRoute, { params: { id }, body: { enabled: !enabled } }),
    changes: [providersKey],
    notice: `The route ${name} is ${enabled ? "off" : "on"}.`,
  });
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" isBusy={remove.isPending || turn.isPending} aria-label={`Actions on ${name}`}>
            <Ellipsis aria-hidden size={16} />
          </Button>
        }
        acts={[
          { word: "Edit", onSelect: onEdit },
          { word: enabled ? "Turn off" : "Turn on", onSelect: () => turn.mutate() },
          { word: "Remove", isDangerous: true, onSelect: () => setIsRemoving(true) },
        ]}
      />
      <Confirm
        open={isRemoving}
        onOpenChange={setIsRemoving}
        title={`Remove the route ${name}?`}
        confirm="Remove the route"
        onConfirm={() => remove.mutate()}
      >
        {route.shadows
          ? "Programs that ask for this name get the model on offer that has it from then on."
          : "Programs that ask for this name are refused from then on. The models stay."}
      </Confirm>
    </>
  );
};

const RouteRow = ({ route, onEdit }: { route: ModelRoute; onEdit(): void }) => (
  <TableRow>
    <Cell>
      <div className="font-medium break-all">{route.name}</div>
      {route.description !== "" && <div className="max-w-72 text-xs text-faint">{route.description}</div>}
      {route.shadows && (
        <div className="max-w-72 text-xs text-faint">
          A model on offer has this name, too; it is reached with its provider before it.
        </div>
      )}
    </Cell>
    <Cell>
      <RoutePicture steps={route.steps} />
    </Cell>
    <Cell>{route.enabled ? <Status tone="success">On</Status> : <Status tone="neutral">Off</Status>}</Cell>
    <Cell title={dateTime(route.updated_at)}>{ago(route.updated_at)}</Cell>
    <Cell>
      <Acts route={route} onEdit={onEdit} />
    </Cell>
  </TableRow>
);

export const RoutesPage = () => {
  const { data, error, refetch } = useQuery(modelRoutesQuery);
  const [edited, setEdited] = useState<ModelRoute | "new">();
  const close = (): void => setEdited(undefined);
  const newRoute = (
    <Button look="primary" onClick={() => setEdited("new")}>
      New route
    </Button>
  );
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-3xl text-soft">
          A route is a public name of models: they share its calls by weight, and others take over when they fail.
        </p>
        {data?.routes.length !== 0 && newRoute}
      </div>
      <PagedTable
        titles={["Route", "Order", "Status", "Changed", "Actions"]}
        rows={data?.routes}
        error={error === null ? undefined : describeError(error)}
        onRetry={() => void refetch()}
        more={undefined}
        empty={
          <EmptyState title="No routes yet" action={newRoute}>
            Give models a name of your own, such as fast. Programs keep it when you change what answers.
          </EmptyState>
        }
        row={(route) => <RouteRow key={route.id} route={route} onEdit={() => setEdited(route)} />}
      />
      <Dialog
        open={edited !== undefined}
        onClose={close}
        title={edited === undefined || edited === "new" ? "New route" : `Edit ${edited.name}`}
        description="Models of one step share its calls by weight. The next step is tried when they fail or rest."
      >
        {edited !== undefined && <RouteForm route={edited === "new" ? undefined : edited} onClose={close} />}
      </Dialog>
    </>
  );
};
