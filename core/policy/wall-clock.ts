/** What a clock on the wall shows. */
export interface Clock {
  /** 0 is Sunday. */
  readonly day: number;
  /** Of the day, 0 to 1439. */
  readonly minute: number;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * The clock of a time zone, by the time zone database that comes with the runtime.
 *
 * @param timezone an IANA name
 * @throws {RangeError} for a name that isn't known (`isTimezone`)
 */
export function clockOf(timezone: string): (at: Date) => Clock {
  if (!isTimezone(timezone)) throw new RangeError(`"${timezone}" is no time zone`);
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const [hour, minute] = [Number(parts.get('hour')), Number(parts.get('minute'))];
    return { day: DAYS.indexOf(parts.get('weekday') ?? ''), minute: hour * 60 + minute };
  };
}

/** Names only: an offset such as `+02:00` knows no summer time, and is refused so that nobody is surprised by it. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}
