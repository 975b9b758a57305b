export const ProgressBar = ({ share, label }: { share: number; label: string }) => (
  <div
    role="progressbar"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={100}
    aria-valuenow={Math.round(share * 100)}
    className="h-2 w-full overflow-hidden rounded-full bg-hover"
  >
    {/* A CSS variable set from script is allowed by the content security policy; a style attribute in HTML is not. */}
    <div
      className="h-full rounded-full bg-accent transition-[width] duration-150"
      style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }}
    />
  </div>
);

/** Horizontal bars with their counts: how many examples have which length. */
export const Histogram = ({
  rows,
  caption,
}: {
  rows: readonly { label: string; value: number }[];
  caption: string;
}) => {
  const most = Math.max(1, ...rows.map(({ value }) => value));
  return (
    <table className="w-full text-xs">
      <caption className="mb-1 text-left text-faint">{caption}</caption>
      <tbody>
        {rows.map(({ label, value }) => (
          <tr key={label}>
            <th scope="row" className="py-0.5 pr-2 text-right font-normal whitespace-nowrap text-soft">
              {label}
            </th>
            <td className="w-full">
              <div className="h-3 rounded-sm bg-accent" style={{ width: `${(value / most) * 100}%` }} />
            </td>
            <td className="pl-2 text-right">{value.toLocaleString("en-US")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
