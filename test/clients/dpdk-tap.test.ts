// testpmd answers the host's own network stack, through a TAP device: ARP first, whose frames are short, then pings.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { findProgram, requires } from '../support/requirement.js';
import { mayMakeTap } from '../support/tap.js';
import { Testpmd, TESTPMD_PROGRAMS, TESTPMD_TIMEOUT_MS } from './testpmd.js';

requires([...TESTPMD_PROGRAMS, 'ip', 'busybox'], () => {
  test.runIf(mayMakeTap())(
    'the host pings testpmd',
    async () => {
      const device = `d${process.pid}`;
      const ip = (...args: string[]): unknown => execFileSync('ip', args, { stdio: 'ignore' });
      ip('tuntap', 'add', 'dev', device, 'mode', 'tap');
      ip('address', 'add', '198.51.100.1/24', 'dev', device);
      ip('link', 'set', device, 'up');
      const pmd = new Testpmd({
        networks: [`lan0,tap=${device}`],
        testpmd: ['--port-topology=loop'],
      });
      try {
        await pmd.start();
        await pmd.linksAreUp();
        await pmd.say('set fwd icmpecho', /Set icmpecho/);
        await pmd.say('start', /icmpecho packet forwarding/);
        const busybox = findProgram('busybox') ?? '';
        const ping = ['ping', '-c', '5', '-W', '20', '-s', '1000', '198.51.100.2'];
        const output = execFileSync(busybox, ping, { encoding: 'utf8' });
        expect(output).toContain('5 packets received');
        expect(await pmd.quit()).toBe(0);
      } finally {
        pmd.remove();
        ip('link', 'del', device);
      }
    },
    TESTPMD_TIMEOUT_MS,
  );
});
