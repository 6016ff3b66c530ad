/** The lines on which the promises of docs/guarantees.md rest, with the tests that are expected to notice their loss. */
import { checking } from './checking.ts';
import { frames } from './frames.ts';
import type { Mutation } from './mutation.ts';
import { reading } from './reading.ts';
import { redo } from './redo.ts';
import { recovery } from './recovery.ts';
import { writing } from './writing.ts';

export const mutations: readonly Mutation[] = [...frames, ...writing, ...redo, ...recovery, ...reading, ...checking];
