/** ioctls of 32-bit programs on a 64-bit kernel. VFIO's structs are the same in both worlds. */

/** The argument as the kernel's `compat_ptr` has it: the low 32 bits of the register. */
export function compatArgument(argument: number): number {
  return argument >>> 0;
}
