import { CircleAlert } from "lucide-react";
import { Button } from "./button.tsx";

export interface DescribedError {
  message: string;
  remedy?: string | undefined;
  requestId?: string | undefined;
  places?: readonly { where: string; excerpt?: string | undefined }[];
}

/** What happened, where, what to do, and the number that support asks for. */
export const ErrorPanel = ({ error, onRetry }: { error: DescribedError; onRetry?: (() => void) | undefined }) => (
  <div role="alert" className="flex gap-3 rounded-lg border border-danger bg-danger-soft p-4">
    <CircleAlert aria-hidden size={18} className="mt-0.5 shrink-0 text-danger" />
    <div className="min-w-0 flex-1">
      <p className="font-medium">{error.message}</p>
      {error.places !== undefined && error.places.length > 0 && (
        <ul className="mt-2 space-y-1 font-mono text-xs">
          {error.places.map(({ where, excerpt }) => (
            <li key={where + (excerpt ?? "")} className="break-words">
              {where}
              {excerpt !== undefined && <span className="text-soft"> {excerpt}</span>}
            </li>
          ))}
        </ul>
      )}
      {error.remedy !== undefined && <p className="mt-1 text-soft">{error.remedy}</p>}
      {error.requestId !== undefined && <p className="mt-1 text-xs text-faint">Request {error.requestId}</p>}
    </div>
    {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
  </div>
);
