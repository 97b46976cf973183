/**
 * What type1 keeps with each mapping, in one number: how many pages it counts as locked, and whether
 * its address in the user's memory is invalid (waiting to be set again, VFIO_UPDATE_VADDR).
 */

export function mappingState(pages: number, vaddrInvalid: boolean): number {
  return pages * 2 + (vaddrInvalid ? 1 : 0);
}

export function lockedPages(state: number): number {
  return Math.floor(state / 2);
}

export function isVaddrInvalid(state: number): boolean {
  return state % 2 === 1;
}
