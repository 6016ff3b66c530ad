/**
 * A disk with a volatile cache, as a process: one file over FUSE, on which a loop device is set up. It records what reaches it,
 * and what the writer on it had acknowledged by then. Arguments: where the file is mounted, the image that it shows and
 * changes, the path of the recording, and the file of the acknowledgements. Ends when it is unmounted.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { FuseConnection } from './fuse.ts';
import { Recorder } from './recording.ts';

const [mountPoint, imagePath, recordingPath, acknowledgedPath] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const image = fs.openSync(imagePath, 'r+');
const acknowledgements = fs.openSync(acknowledgedPath, 'r');
const recorder = new Recorder(recordingPath);
const line = Buffer.alloc(64);

/** Reads until it gets the same twice: the writer may be in the middle of a write. */
function acknowledged(): string {
  for (let last = '', now = ''; ; last = now) {
    now = line.toString('latin1', 0, fs.readSync(acknowledgements, line, 0, line.length, 0));
    if (now === last) return now;
  }
}

const device = fs.openSync('/dev/fuse', 'r+');
const options = `fd=3,rootmode=100000,user_id=0,group_id=0`;
const { status, stderr } = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'varve-disk', mountPoint], {
  stdio: ['ignore', 'ignore', 'pipe', device],
  encoding: 'utf8',
});
if (status !== 0) throw new Error(`mount: ${stderr}`);
const connection = new FuseConnection(device, {
  sizeBytes: fs.fstatSync(image).size,
  read: (target, position) => void fs.readSync(image, target, 0, target.length, position),
  write: (bytes, position) => {
    recorder.write(bytes, position, acknowledged());
    fs.writeSync(image, bytes, 0, bytes.length, position);
  },
  sync: () => recorder.flush(acknowledged()),
});
process.send!('mounted', () => {
  connection.serve();
  recorder.close();
  process.disconnect();
});
