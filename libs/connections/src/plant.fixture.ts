/** A plant file with one line; `more` goes into its one station. */
export const lineFile = (id: string, more = '', area = 'assembly'): string => `millwright: 1
enterprise: { id: acme, name: Acme }
site: { id: hamburg, name: Hamburg }
area: { id: ${area}, name: Area }
line: { id: ${id}, name: Line }
connections:
  broker: { protocol: mqtt, url: 'mqtt://127.0.0.1:1883' }
stations:
  - id: s1
    name: One
    type: station
    connection: broker
    signals: { force: { dataType: number, unit: N, address: { topic: force } } }
    ${more}
`;
