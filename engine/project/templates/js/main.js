// Each user logs in at the shop, orders, and checks what the shop answers.
import { requestOf, status } from 'throng:http/exchange@0.1.0';
import { get } from 'throng:host/settings@0.1.0';

// Where the shop is: `-c server=http://…`.
const server = () => get('server') ?? 'http://127.0.0.1:8080';

// `-c fail-every=10` lets every tenth user fail, to see what a failure looks like.
const failEvery = () => Number(get('fail-every') ?? 0);

const bytes = (text) => new TextEncoder().encode(text);
const one = (value) => ({ tag: 'one', val: value });
const nothing = { tag: 'nothing' };

// To be thrown, a plain object: the assertion does not hold. Failures are grouped by their code.
const failed = (code, message) => ({ kind: 'assertion', code, message, retryable: false });

// Position is number: the document names callbacks by it. `given.val` is the response of the step before; it stays in the engine, and
// functions look into it.
const CALLBACKS = [
  {
    name: 'login request', use: 'request:http',
    run(cx) {
      const body = JSON.stringify({ user: `user-${cx.minion}` });
      return one(requestOf('POST', '/login', [['content-type', bytes('application/json')]], bytes(body)));
    },
  },
  {
    name: 'order request', use: 'request:http',
    run(cx, given) {
      const token = given.val.json('/token');
      if (token === undefined) {
        throw failed('no-token', `the login was answered with ${status(given.val)}, and no token`);
      }
      const headers = [['content-type', bytes('application/json')], ['authorization', bytes(`Bearer ${JSON.parse(token)}`)]];
      const body = JSON.stringify({ item: 'pen', quantity: 1 + (cx.minion % 3) });
      return one(requestOf('POST', '/orders', headers, bytes(body)));
    },
  },
  {
    name: 'is ordered', use: 'verify',
    run(cx, given) {
      const answered = status(given.val);
      if (answered !== 201) {
        throw failed('not-ordered', `the order was answered with ${answered}`);
      }
      const every = failEvery();
      if (every > 0 && (cx.minion + 1) % every === 0) {
        throw failed('chosen-to-fail', `every ${every}th user fails`);
      }
      return nothing;
    },
  },
  {
    name: 'receipt', use: 'map',
    run(cx, given) {
      const order = JSON.parse(given.val.json('/order') ?? 'null');
      return one({ tag: 'text', val: `order ${order} of user-${cx.minion}` });
    },
  },
];

/** @returns {import('./throng-document').Document} */
const document = () => ({
  throng: '0.1',
  targets: [server()],
  callbacks: CALLBACKS.map(({ name, use }) => ({ name, use })),
  scenarios: [{
    name: '@NAME@',
    description: 'Log in and order.',
    minions: 100,
    profile: 'regular(100ms, 10)',
    settings: [
      { name: 'server', type: 'text', default: 'http://127.0.0.1:8080', description: 'where the shop is' },
      { name: 'fail-every', type: 'integer', default: 0, description: 'every n-th user fails; none by 0' },
    ],
    steps: [
      { name: 'login', start: true, http: { url: server(), request: { callback: 0 } } },
      { name: 'order', after: 'login', 'http-with': { connection: 'login', request: { callback: 1 } } },
      { name: 'ordered', after: 'order', verify: { callback: 2 } },
      { name: 'receipt', after: 'ordered', map: { callback: 3 } },
    ],
  }],
});

// The two objects that the engine calls, by the names of the world's exports.
export const definition = { describe: () => JSON.stringify(document()) };
export const callbacks = { call: (callback, context, given) => CALLBACKS[callback].run(context, given) };
