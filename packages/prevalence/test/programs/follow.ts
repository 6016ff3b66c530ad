/** Follows the registry in the given folder, and prints what it sees and which modules of the writer it loaded. */
import { registerHooks } from 'node:module';

const writerModules: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    if (/\/(packages|@varve)\/writer\//.test(url)) writerModules.push(url);
    return nextLoad(url, context);
  },
});
const { collection, hash, prevalence, dictionary, value } = await import('@varve/prevalence');

interface Replicant {
  designation: string;
  status: string;
}

const registry = prevalence({
  name: 'registry',
  model: {
    replicants: collection<Replicant>()({ key: 'designation', indexes: { byStatus: hash('status') } }),
    notes: dictionary<object>(),
    totals: value({ spawned: 0, retired: 0 }),
  },
  commands: {
    spawn: (model, { designation }: { designation: string }) => {
      model.totals.spawned++;
      const rest = { model: 'Nexus-6', role: 'Combat', status: 'at-large', sightings: 0, tags: [] };
      return model.replicants.insert({ designation, ...rest });
    },
  },
});
await using follower = await registry.follow(process.argv[2]!);
console.log(JSON.stringify({ atLarge: follower.model.replicants.byStatus.count('at-large'), writerModules }));
