const pattern = /^D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(?:(Z)|([+-])(\d\d)'?(\d\d)?)?/;

/** A date of a PDF, such as `D:20260314150926+01'00'`, in the form of ISO 8601; null for what is none. */
export const isoOfPdfDate = (written: string): string | null => {
  const found = pattern.exec(written.trim());
  if (!found) return null;
  const [
    ,
    year,
    month = "01",
    day = "01",
    hour = "00",
    minute = "00",
    second = "00",
    ,
    sign,
    offsetHours,
    offsetMinutes,
  ] = found;
  // A time of no known zone is taken as UTC.
  const zone = sign === undefined ? "Z" : `${sign}${offsetHours ?? "00"}:${offsetMinutes ?? "00"}`;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
};
