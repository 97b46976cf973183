/** Calls that failed in a way that says what the program has mixed up. */
import { RegionInfo, VFIO_PCI_NUM_REGIONS } from '../../uapi/vfio.js';
import { errorName, regionName } from '../decode/constants.js';
import { hex, sizeText } from '../decode/quantities.js';
import { placeText } from '../decode/register-names.js';
import type { Entered, SessionCall } from '../session-call.js';
import { requestOf } from '../requested.js';
import { fileText } from '../trace/file-text.js';
import { placeOf } from '../trace/transfer.js';
import type { Detector, Finding } from './finding.js';

export class CallFindings implements Detector {
  /** Sizes of regions that the program has asked for, by device and index. */
  readonly #sizes = new Map<string, number>();
  readonly #findings = new Map<string, Finding>();

  call(call: SessionCall): void {
    const { entered, file } = call;
    if (file === undefined || entered === undefined) return;
    if (entered.kind === 'ioctl') this.#request(call);
    else if (entered.kind === 'read' || entered.kind === 'write') {
      this.#transfer(call, entered);
    }
  }

  findings(): readonly Finding[] {
    return [...this.#findings.values()];
  }

  #request(call: SessionCall): void {
    const decoded = requestOf(call);
    if (decoded === undefined || call.file === undefined) return;
    const { name, request } = decoded;
    if (name === 'VFIO_DEVICE_GET_REGION_INFO' && call.result >= 0) {
      if (request.output.byteLength < RegionInfo.size) return;
      const { index, size } = RegionInfo.decode(request.output);
      this.#sizes.set(`${call.file.device} ${index}`, Number(size));
    }
    if (name === 'VFIO_GROUP_UNSET_CONTAINER' && errorName(call.result) === 'EBUSY') {
      this.#findings.set(name, {
        kind: 'close-order',
        text: `VFIO_GROUP_UNSET_CONTAINER of ${fileText(call.file)} failed with EBUSY: a device of the group was still open.`,
        advice: 'Close the device (and unmap its regions) before its group leaves the container.',
      });
    }
  }

  #transfer(
    call: SessionCall,
    { kind, offset, count }: Extract<Entered, { kind: 'read' | 'write' }>,
  ): void {
    const device = call.file?.device;
    if (device === undefined || offset < 0 || call.result >= 0 || this.#findings.has(device))
      return;
    if (!['EINVAL', 'EFAULT'].includes(errorName(call.result))) return;
    const { region, within } = placeOf(offset);
    const size = this.#sizes.get(`${device} ${region}`);
    if (size !== undefined && within + count <= size) return;
    const place = placeText(region, within);
    const where =
      region >= VFIO_PCI_NUM_REGIONS
        ? 'there is no region'
        : `that is ${place}${size === undefined ? '' : `, and ${regionName(region)} has ${sizeText(size)}`}`;
    this.#findings.set(device, {
      kind: 'wrong-offset',
      text: `A ${kind} of ${device} at offset ${hex(offset)} failed with ${errorName(call.result)}: ${where}.`,
      advice:
        'Add the offset that VFIO_DEVICE_GET_REGION_INFO gives for the region to that of the register.',
    });
  }
}
