const twoDigits = (part: number): string => String(part).padStart(2, "0");

/** A time as a date-and-time field holds it: where the person is, without a zone. */
export const fieldOfTime = (time: string | undefined): string => {
  if (time === undefined) return "";
  const date = new Date(time);
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join("-");
  return `${day}T${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
};

export const timeOfField = (field: string): string | undefined => {
  const time = Date.parse(field);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
};
