import type { ReactNode } from "react";

/** One thing that can be changed: what it is, how it stands, and the act at the right. */
export const SettingRow = ({ title, children, action }: { title: string; children: ReactNode; action: ReactNode }) => (
  <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line py-3 first:border-0 first:pt-0 last:pb-0">
    <div className="min-w-0 flex-1 basis-60">
      <h3 className="font-medium">{title}</h3>
      <div className="text-soft">{children}</div>
    </div>
    {action}
  </div>
);
