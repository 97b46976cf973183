/**
 * `uvfio/device`: what device models are written with. A `DeviceModelFactory` describes a function
 * from options; give it as the `model` of a device to a `Machine`.
 */
export type { Bar, BarArea, BarDescription, BarKind, RomDescription } from './pci/bar.js';
export type { Capability, CapabilityRegister, ExtendedCapability } from './pci/capability.js';
export * from './pci/capabilities.js';
export type { AccessSize, ConfigSpace, RegisterBits } from './pci/config-space.js';
export {
  type BridgeDescription,
  type DeviceContext,
  type DeviceModel,
  type DeviceModelFactory,
  DeviceOptionError,
  type DeviceOptions,
  type FunctionDescription,
  type Identity,
  type UnmodelledAccess,
} from './pci/device-model.js';
export { type DeviceDefinition, defineDevice } from './pci/define-device.js';
export type { ModelDefect, UnmodelledRegister } from './pci/device-diagnostics.js';
export type { Dma, DmaFault } from './pci/dma.js';
export * from './pci/extended-capabilities.js';
export type { IovaRange } from './iommu/iommu-domain.js';
export type {
  DropReason,
  FrameReceiver,
  Link,
  NetworkPort,
  PortStatistics,
} from './net/network-port.js';
export type { InterruptKind, Interrupts } from './pci/interrupts.js';
export { type Option, type OptionSet, type OptionValues, option } from './pci/option.js';
export { RegisterBank, type RegisterHooks } from './pci/registers/register-bank.js';
export {
  type FieldDeclaration,
  type Register,
  type RegisterAccess,
  type RegisterDeclaration,
  type RegisterDeclarations,
  RegisterTable,
  type RegisterTableOptions,
  type RegisterValue,
  type ResetLevel,
} from './pci/registers/register-table.js';
export type { ResetMethod } from './pci/reset.js';
export type { WatchedWord, WatchedWordOptions } from './pci/watched-word.js';
export type { Timer, Timers } from './kernel/timers.js';
