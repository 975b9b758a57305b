import { useQuery } from "@tanstack/react-query";
import type { SelectHTMLAttributes } from "react";
import { tiersQuery } from "../../api/queries.ts";
import { SelectField } from "../../ui/field.tsx";

interface TierSelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  error?: string | undefined;
  /** Offered while the tiers are on their way, so that the form keeps what it holds. */
  present: string;
}

export const TierSelect = ({ present, error, ...rest }: TierSelectProps) => {
  const { data } = useQuery(tiersQuery);
  const names = data?.tiers.map(({ name }) => name) ?? [present];
  return (
    <SelectField label="Tier" help="The bundle of limits of the account." error={error} {...rest}>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </SelectField>
  );
};
