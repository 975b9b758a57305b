import type { AdminUser } from "@llm-tuner/contract/admin.ts";
import { Status } from "../../../ui/status.tsx";

export const UserStatus = ({ person }: { person: AdminUser }) => {
  if (!person.is_active) return <Status tone="danger">Disabled</Status>;
  return person.is_verified ? <Status tone="success">Active</Status> : <Status tone="warning">Not verified</Status>;
};
