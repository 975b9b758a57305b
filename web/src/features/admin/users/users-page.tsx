import type { AdminUser } from "@llm-tuner/contract/admin.ts";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCallback } from "react";
import { paged } from "../../../api/paged.ts";
import { tiersQuery, usersQuery } from "../../../api/queries.ts";
import { EmptyState } from "../../../ui/card.tsx";
import { FilterBar, SearchFilter, SelectFilter } from "../../../ui/filters.tsx";
import { ago, count, dateTime } from "../../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import { InviteButton } from "./invite.tsx";
import type { UserFilters } from "./user-filters.ts";
import { UserStatus } from "./user-status.tsx";

interface UsersPageProps {
  filters: UserFilters;
  onFilters(filters: UserFilters): void;
}

const Filters = ({ filters, onFilters }: UsersPageProps) => {
  const { data } = useQuery(tiersQuery);
  const onSearch = useCallback((search: string | undefined) => onFilters({ ...filters, search }), [filters, onFilters]);
  return (
    <FilterBar>
      <SearchFilter label="Search" placeholder="Address or name" value={filters.search} onChange={onSearch} />
      <SelectFilter
        label="Role"
        all="Every role"
        choices={[
          { value: "user", word: "User" },
          { value: "admin", word: "Administrator" },
        ]}
        value={filters.role}
        onChange={(role) => onFilters({ ...filters, role })}
      />
      <SelectFilter
        label="Tier"
        all="Every tier"
        choices={(data?.tiers ?? []).map(({ name }) => ({ value: name, word: name }))}
        value={filters.tier}
        onChange={(tier) => onFilters({ ...filters, tier })}
      />
      <SelectFilter
        label="Status"
        all="Every status"
        choices={[
          { value: "active", word: "Active" },
          { value: "disabled", word: "Disabled" },
        ]}
        value={filters.status}
        onChange={(status) => onFilters({ ...filters, status })}
      />
    </FilterBar>
  );
};

const UserRow = ({ person }: { person: AdminUser }) => (
  <TableRow>
    <Cell>
      <Link
        to="/admin/users/$userId"
        params={{ userId: person.id }}
        className="font-medium text-accent-text hover:underline"
      >
        {person.email}
      </Link>
      {person.full_name !== null && <div className="text-xs text-faint">{person.full_name}</div>}
    </Cell>
    <Cell>{person.role === "admin" ? "Administrator" : "User"}</Cell>
    <Cell>{person.tier}</Cell>
    <Cell>
      <UserStatus person={person} />
    </Cell>
    <Cell isNumber>{count(person.open_sessions)}</Cell>
    <Cell title={person.last_login === null ? undefined : dateTime(person.last_login)}>
      {person.last_login === null ? "Never" : ago(person.last_login)}
    </Cell>
    <Cell title={dateTime(person.created_at)}>{ago(person.created_at)}</Cell>
  </TableRow>
);

export const UsersPage = (props: UsersPageProps) => (
  <>
    <div className="flex flex-wrap items-start justify-between gap-3">
      <Filters {...props} />
      <InviteButton />
    </div>
    <PagedTable
      {...paged(useInfiniteQuery(usersQuery(props.filters)), (page) => page.users)}
      titles={["Person", "Role", "Tier", "Status", "Sessions", "Last sign-in", "Since"]}
      numbers={["Sessions"]}
      empty={<EmptyState title="Nobody fits these filters">Take a filter away, or invite the person.</EmptyState>}
      row={(person) => <UserRow key={person.id} person={person} />}
    />
  </>
);
