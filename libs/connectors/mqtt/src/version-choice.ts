import { BrokerLink, VersionError, type BrokerLinkOptions, type MqttVersion } from './broker-link.js';

/** Connects with the version that the plant file names; without one, with 5, and with 3.1.1 where the broker does not speak 5. */
export class VersionChoice {
  private known: MqttVersion | undefined;

  constructor(given: MqttVersion | undefined) {
    this.known = given;
  }

  async connect(
    options: Omit<BrokerLinkOptions, 'version'>,
  ): Promise<{ readonly link: BrokerLink; readonly version: MqttVersion }> {
    const first = this.known ?? '5';
    try {
      return this.remember(first, await BrokerLink.connect({ ...options, version: first }));
    } catch (error) {
      if (this.known !== undefined || !(error instanceof VersionError) || options.signal.aborted) throw error;
      return this.remember('3.1.1', await BrokerLink.connect({ ...options, version: '3.1.1' }));
    }
  }

  private remember(
    version: MqttVersion,
    link: BrokerLink,
  ): { readonly link: BrokerLink; readonly version: MqttVersion } {
    this.known = version;
    return { link, version };
  }
}
