/**
 * Doorbells: by these the host says how far its queues go. One of no queue, or with a value that can't be,
 * changes nothing and is told as an error (NVM Express 1.4 §3.1.24, §3.1.25, §5.2.1.1).
 */
import { type AsyncEvents, ErrorEvent, EventType } from './async-events.js';
import type { CommandLoop } from './command-loop.js';
import { type ErrorLog, NO_COMMAND } from './error-log.js';
import type { InterruptLines } from './interrupt-lines.js';
import { LogPage } from './logs.js';
import { type Queues, SubmissionQueue } from './queues.js';
import { Status } from './status.js';

export interface DoorbellParts {
  readonly queues: Queues;
  readonly loop: CommandLoop;
  readonly lines: InterruptLines;
  readonly events: AsyncEvents;
  readonly errors: ErrorLog;
}

export class Doorbells {
  readonly #parts: DoorbellParts;

  constructor(parts: DoorbellParts) {
    this.#parts = parts;
  }

  /** A doorbell was written. @param index even for tails of submission queues, odd for heads */
  stored(index: number, stored: number): void {
    const { queues, loop, lines } = this.#parts;
    const value = stored & 0xffff;
    const id = index >> 1;
    const queue = index % 2 === 0 ? queues.submission[id] : queues.completion[id];
    if (queue === undefined) this.#invalid(ErrorEvent.invalidDoorbellRegister);
    else if (queue instanceof SubmissionQueue) {
      if (!queue.setTail(value)) this.#invalid(ErrorEvent.invalidDoorbellValue);
    } else if (queue.setHead(value)) {
      loop.post(queue);
      lines.update();
    } else this.#invalid(ErrorEvent.invalidDoorbellValue);
  }

  #invalid(information: number): void {
    const { events, errors } = this.#parts;
    errors.add({ ...NO_COMMAND, status: Status.internalError });
    events.add(EventType.error, information, LogPage.error);
  }
}
