/** What `uvfio init` writes: machines that work, with the rest of what can be said in comments. */

export const yamlStart = `# yaml-language-server: $schema=./node_modules/uvfio/dist/schema.json
# The machine that programs see under \`uvfio run\`, in this folder and those below it.
# All that can be said: node_modules/uvfio/docs/machine.md, and \`uvfio devices\`.

devices:
  # QEMU's teaching device, in an IOMMU group of its own, bound to vfio-pci.
  - model: edu
    addr: '0000:00:05.0'

  # An NVMe controller behind a port of its own, its blocks in a file.
  # - model: root-port
  #   addr: '0000:00:1c.0'
  # - model: nvme
  #   addr: '0000:01:00.0'
  #   file: disk.img
  #   size: 1G

  # A device of your own: node_modules/uvfio/docs/first-device.md.
  # - model: ./my-device.ts

  # Another one of the group of edu: while no driver of it lets go, VFIO refuses the group.
  # - model: edu
  #   group: 0
  #   driver: none

# The IOMMU, as it is without a word.
# iommu:
#   types: [type1]
#   addressBits: 39
`;

export const typescriptStart = `// The machine that programs see under \`uvfio run\`, in this folder and those below it.
// All that can be said: node_modules/uvfio/docs/machine.md, and \`uvfio devices\`.
import { defineMachine } from 'uvfio';

export default defineMachine({
  devices: [
    // QEMU's teaching device, in an IOMMU group of its own, bound to vfio-pci.
    { model: 'edu', addr: '0000:00:05.0' },

    // An NVMe controller behind a port of its own, its blocks in a file.
    // { model: 'root-port', addr: '0000:00:1c.0' },
    // { model: 'nvme', addr: '0000:01:00.0', file: 'disk.img', size: '1G' },

    // A device of your own, imported from where it is: node_modules/uvfio/docs/first-device.md.
    // { model: myDevice },
  ],

  // The IOMMU, as it is without a word.
  // iommu: { types: ['type1'], addressBits: 39 },
});
`;
