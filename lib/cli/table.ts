/** Text in columns. */

/** Rows under headings; numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = headings.map((heading, column) =>
    rows.reduce((width, row) => Math.max(width, String(row[column] ?? '').length), heading.length),
  );
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, column) => (typeof cell === 'number' ? String(cell).padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const heads = headings.map((heading, column) =>
    typeof rows[0]?.[column] === 'number' ? heading.padStart(widths[column] ?? 0) : heading,
  );
  return [line(heads), ...rows.map(line)].map((text) => `${text}\n`).join('');
}

/** Settings as `name=value, ...`. */
export function settingsText(configs: Readonly<Record<string, string>>): string {
  return Object.entries(configs)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/** A size such as `3.4 MB` (decimal). */
function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** What moved in a time: `1,234 records, 3.4 MB in 0.8 s (1,543 records/s)`. */
export function rateText(records: number, bytes: number, ms: number): string {
  const count = (value: number): string => Math.round(value).toLocaleString('en-US');
  return `${count(records)} records, ${sizeText(bytes)} in ${(ms / 1000).toFixed(1)} s (${count((records / Math.max(ms, 1)) * 1000)} records/s)`;
}
