/** The numbers of the events that samples commit to `my-stream`, as a line. */
export function numbersIn(eventstore) {
  return eventstore
    .getEventStream('my-stream')
    .events.map(({ n }) => n)
    .join(' ');
}
