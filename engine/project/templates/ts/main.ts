// Each user logs in at the shop, orders, and checks what the shop answers.
import { get } from 'throng:host/settings@0.1.0';
import { requestOf, status } from 'throng:http/exchange@0.1.0';
import type { Context, Failure, Output } from 'throng:types/calls@0.1.0';
import type { Input, Native, Value } from 'throng:types/values@0.1.0';
import type { Document } from './throng-document';

// Where the shop is: `-c server=http://…`.
const server = () => get('server') ?? 'http://127.0.0.1:8080';

// `-c fail-every=10` lets every tenth user fail, to see what a failure looks like.
const failEvery = () => Number(get('fail-every') ?? 0);

const bytes = (text: string) => new TextEncoder().encode(text);
const one = (value: Value): Output => ({ tag: 'one', val: value });
const nothing: Output = { tag: 'nothing' };

// To be thrown, a plain object: the assertion does not hold. Failures are grouped by their code.
const failed = (code: string, message: string): Failure => ({ kind: 'assertion', code, message, retryable: false });

// The response that the step before has got. It stays in the engine, and functions look into it.
const response = (given: Input): Native => {
  if (given.tag !== 'native') throw failed('no-response', `a response was expected, not ${given.tag}`);
  return given.val;
};

interface Callback {
  name: string;
  use: string;
  run(cx: Context, given: Input): Output;
}

// Position is number: the document names callbacks by it.
const CALLBACKS: Callback[] = [
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
      const login = response(given);
      const token = login.json('/token');
      if (token === undefined) throw failed('no-token', `the login was answered with ${status(login)}, and no token`);
      const headers: [string, Uint8Array][] = [
        ['content-type', bytes('application/json')],
        ['authorization', bytes(`Bearer ${JSON.parse(token)}`)],
      ];
      const body = JSON.stringify({ item: 'pen', quantity: 1 + (cx.minion % 3) });
      return one(requestOf('POST', '/orders', headers, bytes(body)));
    },
  },
  {
    name: 'is ordered', use: 'verify',
    run(cx, given) {
      const answered = status(response(given));
      if (answered !== 201) throw failed('not-ordered', `the order was answered with ${answered}`);
      const every = failEvery();
      if (every > 0 && (cx.minion + 1) % every === 0) throw failed('chosen-to-fail', `every ${every}th user fails`);
      return nothing;
    },
  },
  {
    name: 'receipt', use: 'map',
    run(cx, given) {
      const order = JSON.parse(response(given).json('/order') ?? 'null');
      return one({ tag: 'text', val: `order ${order} of user-${cx.minion}` });
    },
  },
];

const document = (): Document => ({
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
export const definition = { describe: (): string => JSON.stringify(document()) };
export const callbacks = {
  call(callback: number, context: Context, given: Input): Output {
    const called = CALLBACKS[callback];
    if (called === undefined) throw failed('unknown-callback', `there is no callback ${callback}`);
    return called.run(context, given);
  },
};
