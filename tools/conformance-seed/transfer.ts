// What mock read and write callbacks do with the caller's buffer.
import type { FilePosition } from '../../src/kernel/file.js';
import type { Task } from '../../src/kernel/task.js';

const FIRST_LETTER = 97;

/** Puts letters by position into the buffer: at most `answer` bytes; a negative answer is the result. */
export function fill(
  task: Task,
  address: number,
  count: number,
  position: FilePosition,
  answer: number,
): number {
  if (answer < 0) return answer;
  const size = Math.min(answer, count);
  const letters = Uint8Array.from(
    { length: size },
    (_, index) => FIRST_LETTER + ((position.offset + index) % 26),
  );
  task.memory.write(address, letters);
  position.offset += size;
  return size;
}

/** Takes at most `answer` bytes; a negative answer is the result. */
export function consume(count: number, position: FilePosition, answer: number): number {
  if (answer < 0) return answer;
  const size = Math.min(answer, count);
  position.offset += size;
  return size;
}

/** The text in the caller's buffer. */
export function textAt(task: Task, address: number, count: number): string {
  const bytes = new Uint8Array(count);
  task.memory.read(address, bytes);
  return new TextDecoder().decode(bytes);
}
