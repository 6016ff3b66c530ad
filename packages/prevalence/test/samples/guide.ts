/** The samples of docs/prevalence.md, one after the other; the test runs them and compares them with the page. */
// #region define
import { collection, hash, prevalence, range } from '@varve/prevalence';
import { EventStore } from '@varve/writer';

interface Replicant {
  designation: string;
  model: string;
  status: 'at-large' | 'retired';
  sightings: number;
  lastSeen: Date | null;
}

export const registry = prevalence({
  name: 'registry',
  model: {
    replicants: collection<Replicant>()({
      key: 'designation',
      indexes: { byStatus: hash('status'), bySightings: range('sightings') },
    }),
  },
  commands: {
    spawn: (model, { designation, model: type }: { designation: string; model: string }) => {
      model.replicants.insert({ designation, model: type, status: 'at-large', sightings: 0, lastSeen: null });
    },
    sight: (model, designation: string, { now }) => {
      const replicant = model.replicants.get(designation);
      if (replicant === undefined) throw new Error(`No ${designation} in the registry`);
      replicant.sightings++;
      replicant.lastSeen = now;
    },
    retire: (model, designation: string) => {
      const replicant = model.replicants.get(designation);
      if (replicant?.status !== 'at-large') return false;
      replicant.status = 'retired';
      return true;
    },
  },
  queries: {
    stats: (model) => ({
      atLarge: model.replicants.byStatus.count('at-large'),
      retired: model.replicants.byStatus.count('retired'),
    }),
    seenMost: (model) => model.replicants.bySightings.last(),
  },
});
// #endregion

// #region use
await using store = await EventStore.open('police', { storageDirectory: './data' });
await using db = await registry.open(store);

await db.do.spawn({ designation: 'N6MAA10816', model: 'Nexus-6' });
await db.do.sight('N6MAA10816');
console.log(await db.do.retire('N6MAA10816')); // true: this call did it
console.log(await db.do.retire('N6MAA10816')); // false

console.log(db.q.stats()); // { atLarge: 0, retired: 1 }
console.log(db.model.replicants.get('N6MAA10816')?.sightings); // 1
// #endregion

// #region refused
const results = await Promise.allSettled([
  db.do.sight('N7FAB00001'),
  db.do.spawn({ designation: 'N6MAA10816', model: 'Nexus-7' }),
]);
for (const result of results) if (result.status === 'rejected') console.log(String(result.reason));
console.log(store.position); // 4: nothing has happened
// #endregion

// #region beside
store.commit('complaints', { type: 'ComplaintFiled', about: 'N6MAA10816' });
console.log(store.getAllEvents().length, store.getEventStream('prevalence-registry').length); // 5 4
// #endregion

// #region snapshot
const { position } = await db.snapshot();
console.log(position); // 4: the next restart begins here
// #endregion

// #region past
const past = await registry.at(store, { position: 1 }); // or { time: new Date('2026-11-22') }
console.log(past.q.stats()); // { atLarge: 1, retired: 0 }
// #endregion

// #region follow
await using follower = await registry.follow('./data/police'); // in any other process
await follower.caughtUp(db.position);
console.log(follower.q.stats()); // { atLarge: 0, retired: 1 }
// #endregion
