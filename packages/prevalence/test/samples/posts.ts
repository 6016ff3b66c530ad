/** The sample of the Node.js component `prevalence`, with the import line of today; what its page had lost is filled in. */
import path from 'node:path';
import { prevalence } from '@varve/prevalence';

interface Post {
  id: string;
  subject: string;
}

// #region docs
let repo = prevalence<{ posts: Record<string, Post> }>({
  path: path.resolve('tmp/sample.journal'),
  model: {
    posts: {},
  },
})
  .on('init', () => console.log('One time restore of journal complete'))
  .on('command', (name, arg, result) => console.log(name, arg, result))
  .on('error', (e) => console.log(e.stack))
  .register('add-post', function* (model, post: Post) {
    model.posts[post.id] = post;
    return post;
  });

await repo.execute('add-post', { id: 'post#1', subject: 'Lorem' });
await repo.execute('add-post', { id: 'post#2', subject: 'Ipsum' });

let posts = await repo.query(function* (model) {
  let posts: Post[] = [];
  for (let id of Object.getOwnPropertyNames(model.posts)) posts.push(model.posts[id]!);
  return posts;
});
for (let post of posts) console.log('%s: %s', post.id, post.subject);
// #endregion docs
