/** What any capture has to be like for its frames to be sent. */
import { NetworkError } from './network-error.js';
import { LINKTYPE_ETHERNET } from './pcap-writer.js';

/** No frame is longer: what says so is damaged. */
const LARGEST_RECORD = 1024 * 1024;

/** @throws NetworkError for a link type other than Ethernet */
export function checkLinkType(type: number): void {
  if (type === LINKTYPE_ETHERNET) return;
  const fix = 'capture on an Ethernet interface, not on `any`';
  throw new NetworkError(`its frames are not Ethernet (link type ${type})`, fix);
}

/** @throws NetworkError for a length that no frame has */
export function checkRecordLength(length: number): void {
  if (length <= LARGEST_RECORD) return;
  throw new NetworkError(`it has a frame of ${length} bytes: it is damaged`);
}
