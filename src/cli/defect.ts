/** What is said of defects of uvfio: a line, and how to report them; no stack, unless somebody asks for it. */

export function tellDefect(error: unknown): void {
  const [what, stack] =
    error instanceof Error ? [error.message, error.stack] : [String(error), undefined];
  process.stderr.write(`uvfio: this is a defect of uvfio: ${what}\n`);
  if (process.env['UVFIO_DEBUG'] === undefined) {
    process.stderr.write('Please report it, with what it says after: export UVFIO_DEBUG=1\n');
  } else process.stderr.write(`${stack}\n`);
}
