import { clsx } from "clsx";
import { CircleAlert, CircleCheck, Info } from "lucide-react";
import type { ReactNode } from "react";

const looks = {
  info: { icon: Info, box: "border-line-strong bg-raised", mark: "text-info" },
  success: { icon: CircleCheck, box: "border-success bg-success-soft", mark: "text-success" },
  warning: { icon: CircleAlert, box: "border-warning bg-warning-soft", mark: "text-warning" },
  danger: { icon: CircleAlert, box: "border-danger bg-danger-soft", mark: "text-danger" },
} as const;

/** Something to know on this page, announced when it appears. */
export const Notice = ({
  tone = "info",
  action,
  children,
}: {
  tone?: keyof typeof looks;
  action?: ReactNode;
  children: ReactNode;
}) => {
  const { icon: Icon, box, mark } = looks[tone];
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={clsx("flex flex-wrap items-start gap-3 rounded-lg border p-3", box)}
    >
      <Icon aria-hidden size={16} className={clsx("mt-0.5 shrink-0", mark)} />
      <div className="min-w-0 flex-1 break-words">{children}</div>
      {action}
    </div>
  );
};
