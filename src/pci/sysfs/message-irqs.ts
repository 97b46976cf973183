/** `msi_irqs`: one file for each message interrupt that is enabled, named after its irq number. */
import { addAttribute } from '../../kernel/sysfs.js';
import type { Directory } from '../../kernel/tree.js';
import type { PciFunction } from '../function.js';

export class MessageIrqs {
  readonly #member: PciFunction;
  readonly #directory: Directory;

  /** Shows the interrupts of a function from now on. */
  constructor(member: PciFunction, directory: Directory) {
    this.#member = member;
    this.#directory = directory;
    member.interrupts.onChange = () => this.#show();
  }

  /** The directory appears with the first interrupt and goes when the driver has let go. */
  remove(): void {
    this.#directory.remove('msi_irqs');
  }

  #show(): void {
    const { kind, irqs } = this.#member.interrupts;
    const isMessage = kind === 'msi' || kind === 'msix';
    const existing = this.#directory.get('msi_irqs');
    if (!isMessage && existing === undefined) return;
    const list = this.#directory.directory('msi_irqs');
    for (const name of [...list.children.keys()]) list.remove(name);
    if (!isMessage) return;
    for (const irq of irqs) addAttribute(list, String(irq), { show: () => `${kind}\n` });
  }
}
