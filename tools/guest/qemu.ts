// The emulator's command line for a guest: a PC of our own, emulated (TCG), without anything that is not said.

/** What to emulate. */
export interface GuestMachine {
  readonly kernel: string;
  readonly initramfs: string;
  /** Further arguments of QEMU, such as `-device`. */
  readonly args: readonly string[];
  /** Further words for the kernel. */
  readonly kernelArgs?: readonly string[];
  /** As QEMU takes it, such as `512M`. */
  readonly memory?: string;
}

/** The command, whose serial console is standard input and output. */
export function qemuCommand({
  kernel,
  initramfs,
  args,
  kernelArgs = [],
  memory = '256M',
}: GuestMachine): string[] {
  // Only emergencies on the console, which scripts have; after a panic no more than the end.
  const append = ['console=ttyS0', 'quiet', 'loglevel=2', 'panic=-1', ...kernelArgs].join(' ');
  return [
    'qemu-system-x86_64',
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'stdio'],
    // Page tables of five levels only make emulation slower.
    ...['-machine', 'q35', '-accel', 'tcg', '-cpu', 'max,la57=off', '-smp', '1', '-m', memory],
    ...['-kernel', kernel, '-initrd', initramfs, '-append', append],
    ...args,
  ];
}
