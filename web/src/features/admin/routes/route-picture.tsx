import type { ModelRoute } from "@llm-tuner/contract/model-routes.ts";
import { orderText, shareText, sharesOf } from "./route-order.ts";

/** The order in which a route's models are tried, with the share of each beside its name. */
export const RoutePicture = ({ steps }: { steps: ModelRoute["steps"] }) => (
  <ol aria-label={orderText(steps)} className="flex w-full flex-col gap-2 text-left">
    {steps.map((targets, index) => (
      // A step has no name but its place.
      // oxlint-disable-next-line react/no-array-index-key
      <li key={index} className="flex items-start gap-3">
        <span className="w-10 shrink-0 pt-0.5 text-xs text-faint">{index === 0 ? "First" : "Then"}</span>
        <ul className="flex min-w-0 flex-1 flex-col gap-1 sm:w-64 sm:flex-none">
          {sharesOf(targets).map(({ model, share }, place) => (
            // oxlint-disable-next-line react/no-array-index-key
            <li key={place}>
              <div className="flex justify-between gap-3">
                <span className="min-w-0 break-all">{model}</span>
                {targets.length > 1 && <span className="shrink-0 text-soft tabular-nums">{shareText(share)}</span>}
              </div>
              {targets.length > 1 && (
                <div aria-hidden className="h-1 rounded-full bg-hover">
                  <div className="h-1 rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
                </div>
              )}
            </li>
          ))}
        </ul>
      </li>
    ))}
  </ol>
);
