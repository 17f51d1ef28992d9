import { IGNORED, REPORTED, stationContext, stationSetup, type StationContext } from './station.setup.js';

/**
 * A station: offline until its device is heard, then in whatever state the device reports. It is offline again when the connection is lost,
 * when nothing has been heard for `staleAfterMs`, or when the device says so. While the connection is lost, late reports change nothing.
 * Parts count in every state.
 */
export const stationMachine = stationSetup<StationContext>().createMachine({
  id: 'station',
  version: '1',
  options: { maxIterations: 10 },
  context: ({ input }) => stationContext(input),
  initial: 'offline',
  on: {
    parts: { actions: ['concludeCycle', 'count'] },
    model: { actions: 'configure' },
    retire: { target: '#offline.retired', actions: 'retire' },
    'link.lost': { target: '#offline.disconnected', actions: 'explain' },
    'device.unknown': { actions: 'explain' },
  },
  states: {
    offline: {
      id: 'offline',
      tags: 'offline',
      initial: 'waiting',
      states: {
        waiting: { on: REPORTED },
        silent: { on: REPORTED },
        disconnected: { on: { 'link.restored': { target: 'waiting', actions: 'explain' }, 'device.unknown': {} } },
        retired: { on: { ...IGNORED, model: { target: 'waiting', actions: 'configure' } } },
      },
    },
    online: {
      id: 'online',
      initial: 'idle',
      on: REPORTED,
      after: { silence: { target: '#offline.silent', actions: 'explain' } },
      states: {
        idle: { tags: 'idle' },
        setup: { tags: 'setup' },
        running: { tags: 'running' },
        starved: { tags: 'starved' },
        blocked: { tags: 'blocked' },
        down: { tags: 'down' },
        maintenance: { tags: 'maintenance' },
      },
    },
  },
});
