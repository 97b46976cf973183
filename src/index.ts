/**
 * `uvfio`: machines in the same process. A `Machine` is built from a description; its tasks make
 * system calls. Drivers are written on `uvfio/client`, device models on `uvfio/device`; other parts of
 * the kernel are added to `machine.kernel`, with the types of it that are exported here.
 */
export { type ErrorCode, KernelError, kernelError } from './kernel/error.js';
export type { File, FileOperations, SyscallResult } from './kernel/file.js';
export type { LogEntry } from './kernel/log.js';
export type { MiscDevice } from './kernel/misc-device.js';
export type { Credentials, Task } from './kernel/task.js';
export { Machine, type MachineOptions } from './machine.js';
export { defaultMachine } from './machine/default-machine.js';
export { defineMachine } from './machine/description.js';
export type {
  DeviceDescription,
  DriverDescription,
  IommuBackend,
  IommuDescription,
  MachineDescription,
} from './machine/description.js';
export { DescriptionError, type DescriptionProblem } from './machine/description-error.js';
export { presets, type Preset } from './machine/presets.js';
export { readDescription } from './machine/description-text.js';
export type { NetworkDescription } from './machine/network-description.js';
export { parseDeviceSpec } from './machine/device-spec.js';
export type { PluggedDevice, UnplugOptions } from './machine/hot-plug.js';
export { MachinePlan } from './machine/machine-plan.js';
export { MachineTask, type MachineTaskOptions, type TaskMemory } from './machine/machine-task.js';
export { RequestError, type RequestErrorCode } from './machine/request-error.js';
export { unmodelledSummary } from './machine/unmodelled-summary.js';
export type { ExternalUser } from './vfio/external-user.js';
