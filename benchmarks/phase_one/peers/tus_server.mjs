// @tus/server with its file store, as its own pages set it up.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.PEER_MODULES}/`);
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const { Server } = await load('@tus/server');
const { FileStore } = await load('@tus/file-store');

const server = new Server({
  path: '/files',
  datastore: new FileStore({ directory: process.env.PEER_FOLDER }),
});
server.listen({ host: '127.0.0.1', port: Number(process.env.PEER_PORT) });
