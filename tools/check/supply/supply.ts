import { readProjectFiles } from "./project-files.ts";
import {
  installScriptFaults,
  lockedPackages,
  lockFaults,
  npmSettingsFaults,
  pinFaults,
  requirementFaults,
  securityPackageFaults,
} from "./supply-rules.ts";

const { lock, manifests, installScripts, requirements, npmSettings } = readProjectFiles();
const faults = [
  ...lockFaults(lock),
  ...installScriptFaults(lock, installScripts),
  ...pinFaults(manifests),
  ...securityPackageFaults(lock),
  ...requirementFaults(requirements),
  ...npmSettingsFaults(npmSettings),
];

for (const fault of faults) console.error(fault);
console.log(`supply: ${lockedPackages(lock).length} packages, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
