// What runs when memory that a program shares with this process is no longer there (x86-64). The file behind it can
// be cut short at any moment, by any of a dozen system calls; touching what is gone is SIGBUS, which would end this
// process, and a handler of it can't be JavaScript. So it is these instructions: they put a page of zeros where
// the access failed, count it, and let it be made again.

/** Where the data lies, in bytes from the first instruction; see `GUARD`. */
export const BUS_ERROR_DATA = 4096;

/** Fields of the data, in bytes: the area that is guarded, and how many accesses to it have failed. */
export const GUARD = { first: 0, end: 8, failures: 16, defaultAction: 24 } as const;

const displacement = (from: number, field: number): number[] => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, BUS_ERROR_DATA + field - from, true);
  return [...bytes];
};

/** `void handler(int, siginfo_t *, void *)`, position-independent. */
// biome-ignore format: an instruction a line
export const busErrorCode = Uint8Array.of(
  0xf3, 0x0f, 0x1e, 0xfa,                                         //          endbr64
  0x83, 0x7e, 0x08, 0x00,                                         //          cmp dword [rsi + 8], 0   si_code
  0x7e, 0x5e,                                                     //          jle default              a sent one
  0x48, 0x8b, 0x7e, 0x10,                                         //          mov rdi, [rsi + 16]      si_addr
  0x48, 0x8d, 0x35, ...displacement(0x15, GUARD.first),           //          lea rsi, [data]
  0x48, 0x3b, 0x3e,                                               //          cmp rdi, [rsi]           first
  0x72, 0x4e,                                                     //          jb default
  0x48, 0x3b, 0x7e, GUARD.end,                                    //          cmp rdi, [rsi + 8]       end
  0x73, 0x48,                                                     //          jae default
  0xf0, 0x48, 0xff, 0x46, GUARD.failures,                         //          lock inc qword [rsi + 16]
  0xbe, 0x00, 0x10, 0x00, 0x00,                                   //          mov esi, 4 KiB
  0xe8, 0x0f, 0x00, 0x00, 0x00,                                   //          call replace
  0x79, 0x0c,                                                     //          jns done
  0xbe, 0x00, 0x00, 0x20, 0x00,                                   //          mov esi, 2 MiB           of hugetlbfs
  0xe8, 0x03, 0x00, 0x00, 0x00,                                   //          call replace
  0x78, 0x2b,                                                     //          js default
  0xc3,                                                           // done:    ret
  0x57,                                                           // replace: push rdi
  0x89, 0xf0,                                                     //          mov eax, esi
  0x48, 0xf7, 0xd8,                                               //          neg rax
  0x48, 0x21, 0xc7,                                               //          and rdi, rax
  0xba, 0x03, 0x00, 0x00, 0x00,                                   //          mov edx, PROT_READ | PROT_WRITE
  0x41, 0xba, 0x32, 0x00, 0x00, 0x00,                             //          mov r10d, MAP_PRIVATE | _FIXED | _ANONYMOUS
  0x49, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff,                       //          mov r8, -1
  0x45, 0x31, 0xc9,                                               //          xor r9d, r9d
  0xb8, 0x09, 0x00, 0x00, 0x00,                                   //          mov eax, mmap
  0x0f, 0x05,                                                     //          syscall
  0x5f,                                                           //          pop rdi
  0x48, 0x85, 0xc0,                                               //          test rax, rax
  0xc3,                                                           //          ret
  0xbf, 0x07, 0x00, 0x00, 0x00,                                   // default: mov edi, SIGBUS
  0x48, 0x8d, 0x35, ...displacement(0x74, GUARD.defaultAction),   //          lea rsi, [SIG_DFL]
  0x31, 0xd2,                                                     //          xor edx, edx
  0x41, 0xba, 0x08, 0x00, 0x00, 0x00,                             //          mov r10d, 8
  0xb8, 0x0d, 0x00, 0x00, 0x00,                                   //          mov eax, rt_sigaction
  0x0f, 0x05,                                                     //          syscall
  0xc3,                                                           //          ret
);
