import { Email, FullName, Role } from "@llm-tuner/contract/accounts.ts";
import { inviteUser } from "@llm-tuner/contract/admin.ts";
import { standardTier, TierName } from "@llm-tuner/contract/api-keys.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { call } from "../../../api/call.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { DialogForm } from "../../../ui/dialog-form.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { SelectField, TextField } from "../../../ui/field.tsx";
import { showNotice } from "../../../ui/toasts.tsx";
import { TierSelect } from "../tier-select.tsx";

const Values = z.object({
  email: Email,
  full_name: z.union([z.literal(""), FullName]),
  role: Role,
  tier: TierName,
});

const nobody: z.infer<typeof Values> = { email: "", full_name: "", role: "user", tier: standardTier };

const InviteForm = ({ onClose }: { onClose(): void }) => {
  const queries = useQueryClient();
  const form = useForm({ resolver: zodResolver(Values), defaultValues: nobody });
  const { errors } = form.formState;
  const invite = useFormCall({
    form,
    send: ({ full_name, ...rest }) =>
      call(inviteUser, { body: { ...rest, ...(full_name === "" ? {} : { full_name }) } }),
    onDone: ({ email }) => {
      showNotice(`An invitation is on its way to ${email}.`);
      onClose();
      return queries.invalidateQueries({ queryKey: ["users"] });
    },
  });
  return (
    <DialogForm save={invite} word="Send the invitation" onCancel={onClose}>
      <TextField label="E-mail" type="email" {...form.register("email")} error={errors.email?.message} />
      <TextField
        label="Full name"
        help="May be empty."
        {...form.register("full_name")}
        error={errors.full_name?.message}
      />
      <div className="grid grid-cols-2 items-start gap-3">
        <SelectField label="Role" {...form.register("role")} error={errors.role?.message}>
          <option value="user">User</option>
          <option value="admin">Administrator</option>
        </SelectField>
        <TierSelect present={standardTier} {...form.register("tier")} error={errors.tier?.message} />
      </div>
    </DialogForm>
  );
};

export const InviteButton = () => {
  const [isOpen, setIsOpen] = useState(false);
  const close = (): void => setIsOpen(false);
  return (
    <>
      <Button look="primary" className="sm:mt-[22px]" onClick={() => setIsOpen(true)}>
        Invite somebody
      </Button>
      <Dialog
        open={isOpen}
        onClose={close}
        title="Invite somebody"
        description="They get a link by mail and choose their own password."
      >
        <InviteForm onClose={close} />
      </Dialog>
    </>
  );
};
