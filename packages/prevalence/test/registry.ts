/** A small prevalent system for tests that uses nearly every feature. */
import {
  array,
  category,
  collection,
  dictionary,
  hash,
  hashList,
  prevalence,
  range,
  uniqueString,
  value,
} from '../src/index.ts';

export interface Replicant {
  designation: string;
  model: string;
  role: string;
  status: 'at-large' | 'retired';
  sightings: number;
  lastSeen?: Date;
  tags: string[];
  path?: string[];
  token?: string;
}

const replicants = collection<Replicant>()({
  key: 'designation',
  indexes: {
    byStatus: hash('status'),
    byTag: hashList('tags'),
    byModelAndRole: array(['model', 'role']),
    bySightings: range('sightings'),
    byToken: uniqueString('token'),
    byPath: category('path'),
  },
  transient: () => ({ shown: 0 }),
});

export interface Spawn {
  designation: string;
  model?: string;
  role?: string;
  token?: string;
}

export const registry = prevalence({
  name: 'registry',
  model: { replicants, notes: dictionary<{ text: string }>(), totals: value({ spawned: 0, retired: 0 }) },
  commands: {
    spawn: (model, { designation, model: type = 'Nexus-6', role = 'Combat', token }: Spawn) => {
      model.totals.spawned++;
      return model.replicants.insert({
        designation,
        model: type,
        role,
        status: 'at-large',
        sightings: 0,
        tags: [],
        ...(token === undefined ? {} : { token }),
      });
    },
    sight: (model, { designation }: { designation: string }, { now }) => {
      const replicant = model.replicants.get(designation);
      if (replicant === undefined) throw new Error(`Nobody is called ${designation}`);
      replicant.sightings++;
      replicant.lastSeen = now;
    },
    retire: (model, { designation }: { designation: string }) => {
      const replicant = model.replicants.get(designation);
      if (replicant?.status !== 'at-large') return false;
      replicant.status = 'retired';
      model.totals.retired++;
      return true;
    },
    tag: (model, { designation, tag }: { designation: string; tag: string }) => {
      model.replicants.get(designation)?.tags.push(tag);
    },
    remove: (model, designation: string) => model.replicants.delete(designation),
    note: (model, { id, text }: { id: string; text: string }) => {
      model.notes[id] = { text };
    },
    issueToken: (model, designation: string, context) => {
      const replicant = model.replicants.get(designation)!;
      replicant.token = context.uuid();
      return replicant.token;
    },
    fail: (model, designation: string) => {
      model.totals.spawned = 99;
      model.notes['x'] = { text: 'never' };
      model.replicants.insert({
        designation: 'new',
        model: '',
        role: '',
        status: 'at-large',
        sightings: 0,
        tags: ['a'],
      });
      const replicant = model.replicants.get(designation)!;
      replicant.status = 'retired';
      replicant.tags.push('gone');
      model.replicants.delete(designation);
      throw new Error('on purpose');
    },
  },
  queries: {
    stats: (model) => ({
      atLarge: model.replicants.byStatus.count('at-large'),
      retired: model.replicants.byStatus.count('retired'),
    }),
    named: (model, designation: string) => model.replicants.get(designation),
  },
});
