import {
  anywhere,
  offline,
  ONLINE,
  ONLINE_STATES,
  REPORTED,
  stationContext,
  stationSetup,
  type StationContext,
} from './station.setup.js';

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
  on: anywhere('configure'),
  states: {
    offline: offline(REPORTED, 'configure'),
    online: { ...ONLINE, on: REPORTED, states: ONLINE_STATES },
  },
});
