// Operations by which programs enter the core: on descriptors.
import { kernelError } from '../../src/kernel/error.js';
import type { File, SyscallResult } from '../../src/kernel/file.js';
import { anonymousInode } from '../../src/kernel/inode.js';
import { MISC_MAJOR } from '../../src/kernel/misc-device.js';
import { O_RDWR, PROT_READ } from '../../src/uapi/file.js';
import { VFIO_GROUP_GET_DEVICE_FD, VFIO_GROUP_GET_STATUS } from '../../src/uapi/vfio.js';
import { ContainerFile, VFIO_MINOR } from '../../src/vfio/index.js';
import { placeArgument } from './ioctl-argument.js';
import type { NamedDescriptor, TraceMachine } from './machine.js';
import type { Answer, Operations } from './operation.js';
import type { OperationArguments } from './operation-arguments.js';
import { TraceError } from './trace.js';

export const fileOperations: Operations = {
  open_container: ({ machine }, args) => {
    const { fd, file } = open(machine, args.text('file'), MISC_MAJOR, VFIO_MINOR);
    const { operations } = file;
    if (!(operations instanceof ContainerFile)) throw new TraceError('this is no container file');
    const { container } = operations;
    if (container === undefined) throw new TraceError('the container file is not open');
    machine.containers.set(args.text('container'), { container, file: operations });
    return { ret: fd };
  },

  open_group: ({ machine }, args) => {
    const major = machine.vfio.groupMajor;
    if (major === undefined) throw kernelError('ENXIO');
    return { ret: open(machine, args.text('file'), major, args.integer('minor')).fd };
  },

  close: ({ machine }, args) => {
    machine.close(openDescriptor(machine, args));
    return undefined;
  },

  dup: ({ machine }, args) => {
    const { file } = openDescriptor(machine, args);
    const fd = machine.descriptors.reserve(false);
    machine.descriptors.install(fd, file.get());
    machine.files.set(args.text('as'), { fd, file, isClosed: false });
    return { ret: fd };
  },

  ioctl: ({ machine }, args) => {
    const { file } = openDescriptor(machine, args);
    const command = args.integer('cmd');
    const argument = placeArgument(machine, args);
    const enter = args.flag('compat') ? 'compatIoctl' : 'ioctl';
    const openBefore = machine.descriptors.openDescriptors;
    const ret = machine.systemCalls[enter](machine.task, file, command, argument.value);
    const out = argument.takeOut(command === VFIO_GROUP_GET_STATUS && ret === 0);
    if (command === VFIO_GROUP_GET_DEVICE_FD) nameDeviceFile(machine, args, openBefore, ret);
    return { ret, ...(out === undefined ? {} : { out }) };
  },

  ioctl_released: ({ machine }, args) => {
    const { file } = machine.files.get(args.text('file'));
    const { value, takeOut } = placeArgument(machine, args);
    const ret = machine.systemCalls.ioctl(machine.task, file, args.integer('cmd'), value);
    takeOut(false);
    return { ret };
  },

  read: ({ machine }, args) => {
    const { file } = openDescriptor(machine, args);
    const bytes = new Uint8Array(args.integer('count'));
    const address = machine.memory.map(bytes);
    const position = args.has('pos') ? args.integer('pos') : undefined;
    const ret = machine.systemCalls.read(machine.task, file, address, bytes.length, position);
    machine.memory.unmap(address);
    return textAnswer(ret, bytes);
  },

  write: ({ machine }, args) => {
    const { file } = openDescriptor(machine, args);
    const bytes = new TextEncoder().encode(args.text('data'));
    const address = machine.memory.map(bytes);
    const position = args.has('pos') ? args.integer('pos') : undefined;
    const ret = machine.systemCalls.write(machine.task, file, address, bytes.length, position);
    machine.memory.unmap(address);
    return { ret };
  },

  mmap: ({ machine }, args) => {
    const { operations } = openDescriptor(machine, args).file;
    if (operations.mmap === undefined) throw kernelError('ENODEV');
    const ret = operations.mmap(machine.task, {
      length: args.integer('length'),
      pageOffset: args.integer('pgoff'),
      protection: PROT_READ,
      isShared: true,
    });
    return { ret };
  },
};

/** @throws EBADF when the name's descriptor has been closed */
function openDescriptor(machine: TraceMachine, args: OperationArguments): NamedDescriptor {
  const descriptor = machine.files.get(args.text('file'));
  if (descriptor.isClosed) throw kernelError('EBADF');
  return descriptor;
}

/** Opens a character device by number; the descriptor is reserved before and given back on failure. */
function open(machine: TraceMachine, name: string, major: number, minor: number): NamedDescriptor {
  const { kernel, task, descriptors } = machine;
  const fd = descriptors.reserve(false);
  let file: File;
  try {
    file = kernel.characterDevices.open(task, anonymousInode(name), major, minor, O_RDWR);
  } catch (error) {
    descriptors.unreserve(fd);
    throw error;
  }
  descriptors.install(fd, file);
  return machine.files.set(name, { fd, file, isClosed: false });
}

/** GROUP_GET_DEVICE_FD's result is a descriptor only if a file was made there. It may stay without a name. */
function nameDeviceFile(
  machine: TraceMachine,
  args: OperationArguments,
  openBefore: readonly number[],
  ret: SyscallResult,
): void {
  if (typeof ret !== 'number' || openBefore.includes(ret)) return;
  const file = machine.descriptors.get(ret);
  const name = args.optionalText('as');
  if (file === undefined || name === undefined) return;
  machine.files.set(name, { fd: ret, file, isClosed: false });
}

function textAnswer(ret: number | Promise<number>, bytes: Uint8Array): Answer {
  if (typeof ret !== 'number' || ret <= 0) return { ret };
  return { ret, out: new TextDecoder().decode(bytes.subarray(0, ret)) };
}
