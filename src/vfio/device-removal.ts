/**
 * A bus driver's remove takes a device back from the core. A device in use can't be torn from its
 * user: the core asks for it, again and again, and waits. While it waits the device stays usable,
 * and may even be opened anew.
 */
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import type { VfioDevice } from './device.js';

/** How long to wait for the user before asking again. */
const PATIENCE_MS = 10_000;

/**
 * Removes a device (`vfio_del_group_dev`).
 * @param task who asked; it sleeps until the device is out of use
 * @returns what the bus driver handed over with the device; a promise when the task has to sleep
 */
export function removeDevice(
  kernel: Kernel,
  device: VfioDevice,
  task: Task,
): unknown | Promise<unknown> {
  const group = device.group.get();
  if (kernel.faults.hit('kzalloc')) kernel.log.warn('no_unbound');
  else group.unbound.add(device.device);
  device.put();
  if (device.isPresent) device.ops.request?.(device.data, 0);
  if (device.isPresent) return sleepUntilGone(kernel, device, task).finally(() => group.put());
  group.put();
  return device.data;
}

/**
 * Waits until nobody uses the device, asking for it each time patience is at its end. The first
 * signal ends the waiting for this once: it is reported and the device asked for, and from then on
 * signals are not heard, for the removal can't be called off.
 */
async function sleepUntilGone(kernel: Kernel, device: VfioDevice, task: Task): Promise<unknown> {
  const sleeper = kernel.scheduler.newSleeper(task);
  let interruptible = true;
  for (let count = 1; ; count++) {
    const outcome = await sleeper.until({
      queue: device.departure,
      condition: () => !device.isPresent,
      timeoutMs: PATIENCE_MS,
      interruptible,
    });
    if (outcome === 'ready') return device.data;
    if (outcome === 'interrupted') {
      interruptible = false;
      kernel.log.deviceWarning(
        device.device,
        `Device is currently in use, task "${task.comm}" (${task.pid}) blocked until device is released`,
      );
    }
    device.ops.request?.(device.data, count);
  }
}
