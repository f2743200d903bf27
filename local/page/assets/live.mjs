// Keeps the page current: asks for its live parts and replaces those that changed. What the server sends is sanitized there.
const now = () => Date.now();
const places = () => document.querySelectorAll('[data-live]');

function ago(seconds) {
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} seconds ago`;
  if (seconds < 120) return '1 minute ago';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} minutes ago`;
  if (seconds < 7200) return '1 hour ago';
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} hours ago`;
  return undefined;
}

function writeTimes() {
  for (const time of document.querySelectorAll('time[datetime][title]')) {
    const seconds = Math.max(0, (now() - Date.parse(time.dateTime)) / 1000);
    const text = ago(seconds) ?? `on ${time.title.slice(0, 10)}`;
    if (time.textContent !== text) time.textContent = text;
  }
}

const atEnd = (log) => log.scrollTop + log.clientHeight >= log.scrollHeight - 4;

function replace(place, markup) {
  const open = new Map([...place.querySelectorAll('details[data-key]')].map((one) => [one.dataset.key, one.open]));
  const logs = [...place.querySelectorAll('.log')].map((log) => (atEnd(log) ? undefined : log.scrollTop));
  place.innerHTML = markup;
  for (const details of place.querySelectorAll('details[data-key]')) {
    if (open.has(details.dataset.key)) details.open = open.get(details.dataset.key);
  }
  // Who reads the end of a log follows it; who has scrolled up stays there.
  [...place.querySelectorAll('.log')].forEach((log, index) => {
    log.scrollTop = logs[index] ?? log.scrollHeight;
  });
}

let etag = '';
async function refresh() {
  const address = new URL(location.href);
  address.searchParams.set('live', '1');
  const response = await fetch(address, {
    headers: { 'if-none-match': etag },
    credentials: 'same-origin',
    redirect: 'error',
  });
  if (response.status !== 200) return;
  etag = response.headers.get('etag') ?? '';
  const parts = await response.json();
  for (const place of places()) {
    const part = parts[place.dataset.live];
    if (part === undefined || part.digest === place.dataset.digest) continue;
    if (place.contains(document.activeElement) && document.activeElement?.tagName === 'INPUT') continue;
    replace(place, part.markup);
    place.dataset.digest = part.digest;
  }
  writeTimes();
}

async function loop() {
  if (document.visibilityState === 'visible') await refresh().catch(() => undefined);
  setTimeout(loop, 1500);
}

writeTimes();
setInterval(writeTimes, 5000);
if (places().length > 0) setTimeout(loop, 1500);
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  if (event.target instanceof HTMLTextAreaElement) event.target.form?.requestSubmit();
});
