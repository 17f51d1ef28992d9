/** What the opening tabs need to know of the plant, so that they run on any plant file. Times are epoch milliseconds. */
export interface OpeningFacts {
  readonly line: string;
  /** A signal with a history worth seeing, and the other high limit that the what-if proposes for it. */
  readonly signal: { readonly asset: string; readonly name: string; readonly otherHigh: number };
  /** Time of the newest event: the plant's now, whatever the browser's clock says. */
  readonly now: number;
  /** When the first samples were recorded: there is nothing to ask before. */
  readonly begin: number;
  /** Resume token of about a minute ago. */
  readonly token: string;
}

/** One request to the API; rejects when there is no answer or the answer has errors. */
export type Ask = <T>(query: string, variables?: Record<string, unknown>) => Promise<T>;

interface SignalFacts {
  readonly name: string;
  readonly normalRange: { readonly low: number | null; readonly high: number | null } | null;
  readonly alarmLimits: { readonly low: number | null; readonly high: number | null; readonly priority: string } | null;
}
interface PlantFacts {
  readonly moment: { readonly time: string; readonly position: string };
  readonly events: { readonly events: readonly { readonly recordedAt: string }[] };
  readonly assets: readonly {
    readonly id: string;
    readonly children: readonly { readonly id: string; readonly signals: readonly SignalFacts[] }[];
  }[];
}

const MINUTE = 60_000;
const BEGINNING = '0';
const PRIORITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

const PLANT = `query OpeningFacts {
  moment { time position }
  events(types: ["SamplesRecorded"], first: 1) { events { recordedAt } }
  assets(kinds: [LINE], first: 1) {
    id
    children { id signals { name normalRange { low high } alarmLimits { low high priority } } }
  }
}`;
const TOKEN = 'query OpeningToken($asOf: AsOf!) { moment(asOf: $asOf) { position } }';

/** The demo line, for when the server cannot be asked: the tabs then show what is wrong as soon as one is run. */
export const demoFacts = (now: number): OpeningFacts => ({
  line: 'acme/hamburg/assembly/bonding-line',
  signal: { asset: 'acme/hamburg/assembly/bonding-line/s4', name: 'zone-3-temperature', otherHigh: 150 },
  now,
  begin: now - 5 * MINUTE,
  token: BEGINNING,
});

/** Asks the server once; falls back to the demo line. */
export const openingFacts = async (ask: Ask, browserNow: number): Promise<OpeningFacts> => {
  const fallback = demoFacts(browserNow);
  try {
    const { moment, events, assets } = await ask<PlantFacts>(PLANT);
    const now = Date.parse(moment.time);
    const begin = Date.parse(events.events[0]?.recordedAt ?? moment.time);
    const line = assets[0];
    return {
      line: line?.id ?? fallback.line,
      signal: (line && interestingSignal(line.children)) ?? fallback.signal,
      now,
      begin,
      token: await tokenAt(ask, Math.max(begin, now - MINUTE)),
    };
  } catch {
    return fallback;
  }
};

/** The resume token of a time; that of the very beginning when the server does not know the time. */
const tokenAt = async (ask: Ask, time: number): Promise<string> => {
  try {
    const { moment } = await ask<{ moment: { position: string } }>(TOKEN, { asOf: { time: iso(time) } });
    return moment.position;
  } catch {
    return BEGINNING;
  }
};

/** The signal with the most urgent high limit; its middle lies below that limit, and above its low one. */
const interestingSignal = (stations: PlantFacts['assets'][number]['children']): OpeningFacts['signal'] | undefined =>
  stations
    .flatMap(({ id, signals }) =>
      signals.flatMap(({ name, normalRange, alarmLimits }) => {
        const { low, high } = normalRange ?? {};
        if (low == null || high == null || alarmLimits?.high == null) return [];
        return [{ asset: id, name, otherHigh: (low + high) / 2, urgency: PRIORITIES.indexOf(alarmLimits.priority) }];
      }),
    )
    .sort((a, b) => a.urgency - b.urgency)
    .map(({ asset, name, otherHigh }) => ({ asset, name, otherHigh }))[0];

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * Variables of the tabs by name. A plant younger than the times asked for is asked from its beginning, and for "a minute ago" at half its
 * age. The what-if is asked at the fork's end, where all that came otherwise can be seen.
 */
export const openingVariables = ({ line, signal, now, begin, token }: OpeningFacts) => {
  const from = Math.max(begin, now - 5 * MINUTE);
  const minuteAgo = Math.max(Math.floor((begin + now) / 2), now - MINUTE);
  const minutes = { from: iso(from), to: iso(Math.max(minuteAgo, from + 1)) };
  const analyst = { line, then: { time: iso(minuteAgo) }, minutes };
  return {
    engineer: { line, signal: `${signal.asset}:${signal.name}`, lastMinutes: { from: iso(from), to: iso(now + 1) } },
    mes: { line, after: token },
    analyst,
    whatIf: {
      line,
      then: { time: iso(now) },
      minutes: { from: iso(from), to: iso(now + 1) },
      fork: {
        name: `${signal.name}: high at ${signal.otherHigh}`,
        from: { time: iso(from) },
        until: { time: iso(now) },
        overrides: [
          { asset: signal.asset, signals: [{ signal: signal.name, alarmLimits: { high: signal.otherHigh } }] },
        ],
      },
    },
  };
};
