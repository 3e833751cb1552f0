# SPDX-License-Identifier: MIT
"""Lives that are interrupted at every point, and settled by the next one.

    life_points.py LIFE TRACE EMSIGN-SIM v1|v2 [--every N] [unittest arguments]

A point is a place where a life is killed, where the power fails, where a disk fails, or where an
answer of the CA is lost. After each, a fresh process lives on in the same folder; then everything
is compared with what the CA has. With --every only each N-th point is tried, which the last line
then says; at least two of a kind.
"""
import concurrent.futures
import os
import sys
import unittest

from life import KILLED, Keys, World

LIFE = TRACE = SIM = API = None
EVERY = 1
WORKERS = 1 + (os.cpu_count() or 1)  # one of them may be waiting for the CA

CHANGES = 'write,send,size,open,name,mode'
# What a broken disk says, and to which calls.
FAILURES = (('ENOSPC', 'write,size,open,name'), ('EIO', 'write,size,sync,open,name,mode'),
            ('EROFS', 'open,name,mode'))
# What can become of an answer, and of the question. A late order has to be at the CA within the
# time to settle, also where everything is slow; so that is long then.
LOSSES = ({'kind': 'lost-answer'}, {'kind': 'truncate'}, {'kind': 'status', 'status': 502},
          {'kind': 'status', 'status': 502, 'done': True}, {'kind': 'delay', 'ms': 1500},
          {'kind': 'late-answer', 'ms': 1500}, {'kind': 'reset-before'})


def chosen(count):
    """Which of so many points are tried."""
    step = min(EVERY, max(1, count // 2))
    return range(step, count + 1, step)


class Points(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = Keys(SIM)
        cls.addClassCleanup(cls.keys.close)

    def world(self):
        return World(LIFE, self.keys, API)

    def count(self, tracer=None, stop=None):
        """How many points there are, by a life that nothing happens to."""
        with self.world() as world:
            log = os.path.join(world.folder, 'log')
            before = tracer(world, '--log', log) if tracer else ()
            done = world.live(before, stop or ())
            if done.returncode == 77:
                self.skipTest(done.stderr.strip())
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertEqual(list(world.wrong()), [])
            if stop:
                return int(done.stdout)
            with open(log, encoding='utf-8') as file:
                return len(file.readlines())

    def go_on(self, world, before, config=()):
        """The next life settles what the last one left."""
        after = world.live(config=config)
        if after.returncode:
            yield f'the next life ended with {after.returncode}: {after.stderr.strip()}'
            return
        if before is not None and before != world.exported():
            yield 'the exported file was not whole'
        yield from world.wrong()

    def killed(self, tracer=None, stop=None, before=None):
        """A life that is stopped, and the next one: was the point met, and what is wrong?"""
        with self.world() as world:
            if before:
                world.live(before)
            done = world.live(tracer(world) if tracer else (), stop or ())
            if done.returncode == 0:
                return False, list(world.wrong())
            if done.returncode not in KILLED:
                return True, [f'it ended with {done.returncode}: {done.stderr.strip()}']
            return True, [*world.too_open(), *self.go_on(world, world.exported())]

    def each(self, title, count, point):
        """Tries each point, and behind the last one until none is met any more."""
        numbers = chosen(count)
        faults = []
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for n, (_, wrong) in zip(numbers, pool.map(point, numbers)):
                faults += [f'point {n}: {text}' for text in wrong]
        tried, n, met = len(numbers), count, EVERY == 1
        while met:
            n += 1
            met, wrong = point(n)
            tried += met
            faults += [f'point {n}: {text}' for text in wrong]
        failed = len({text.split(':')[0] for text in faults})
        print(f'life of {API}, {title}: {tried} of {max(count, n - 1)} points, {failed} failed', flush=True)
        with self.subTest(title):
            self.assertEqual('\n'.join(faults), '')

    # --- killed ---------------------------------------------------------------------------

    def stops(self, title, where):
        self.each(title, self.count(stop=('--stop', where, '1000000')),
                  lambda n: self.killed(stop=('--stop', where, str(n))))

    def test_store(self):
        """Before and after each call of the store."""
        self.stops('before a call of the store', 'before')
        self.stops('after a call of the store', 'after')

    def test_wire(self):
        """Before a question is sent, when the answer is here unheard, when it is heard."""
        self.stops('at an event of the wire', 'wire')

    def test_calls(self):
        """Before each system call that the world sees, and while the world is waited for."""
        def tracer(*options):
            return (TRACE, '--count', CHANGES + ',wait', *options, '--')

        self.each('killed at a system call', self.count(lambda _, *more: tracer(*more)),
                  lambda n: self.killed(lambda _: tracer('--kill', str(n))))

    def test_twice(self):
        """The life that goes on is killed, too: each first point with one of all second ones."""
        def tracer(*options):
            return (TRACE, '--count', CHANGES, *options, '--')

        count = self.count(lambda _, *more: tracer(*more))
        self.each('killed twice at system calls', count, lambda n: (False, self.killed(
            lambda _: tracer('--kill', str(1 + n * 37 % count)),
            before=tracer('--kill', str(n)))[1]))

    def test_power(self):
        """The power fails there: only what was synchronised is left, or its names as well."""
        for names in ('synced', 'all'):
            def tracer(world, *options, names=names):
                return (TRACE, '--count', CHANGES + ',sync', '--cut', world.home, names,
                        *options, '--')

            self.each(f'power cut, names: {names}', self.count(tracer),
                      lambda n, tracer=tracer: self.killed(
                          lambda world: tracer(world, '--kill', str(n))))

    # --- failed ---------------------------------------------------------------------------

    def failed(self, tracer):
        """A life with a broken disk: it says so, or all is well; the next one has a good disk."""
        with self.world() as world:
            done = world.live(tracer)
            words = done.stderr.split(': ')
            if done.returncode and (done.returncode != 1 or len(words) < 4 or
                                    words[2] not in ('STORE', 'IO')):
                yield f'it ended with {done.returncode}: {done.stderr.strip()}'
                return
            yield from world.too_open()
            if done.returncode == 0 and world.exported() is None:
                yield 'it ended well and has exported nothing'
            yield from self.go_on(world, world.exported())

    def test_disk(self):
        """Each call that changes what is on a disk fails, once or from then on."""
        for error, kinds in FAILURES:
            def tracer(_, *options, kinds=kinds):
                return (TRACE, '--count', kinds, *options, '--')

            count = self.count(tracer)
            for often in ('once', 'ever'):
                self.each(f'{error} {often}', count,
                          lambda n, tracer=tracer, error=error, often=often: (False, list(
                              self.failed(tracer(None, '--fail', error, str(n), often)))))

    # --- lost -----------------------------------------------------------------------------

    def lost(self, loss, n):
        """A life whose n-th question to the CA goes wrong, and the next one."""
        with self.world() as world:
            world.sim.fault('*', times=1, skip=n - 1, **loss)
            done = world.live(config=('timeout_ms=1000', 'attempts=1'))
            if done.returncode == 0:
                yield from world.wrong()
            elif done.returncode == 1:
                yield from self.go_on(world, world.exported(), ('settle_ms=10000',))
            else:
                yield f'it ended with {done.returncode}: {done.stderr.strip()}'

    def test_answers(self):
        """Each question in turn is not heard, or its answer is not."""
        with self.world() as world:
            self.assertEqual(world.live().returncode, 0)
            count = sum(world.sim.ledger()['calls'].values())
        for loss in LOSSES:
            self.each('answer: ' + ' '.join(map(str, loss.values())), count,
                      lambda n, loss=loss: (False, list(self.lost(loss, n))))


if __name__ == '__main__':
    LIFE, TRACE, SIM = (os.path.abspath(path) for path in sys.argv[1:4])
    API = sys.argv[4]
    rest = sys.argv[5:]
    if rest[:1] == ['--every']:
        EVERY = int(rest[1])
        rest = rest[2:]
    result = unittest.main(argv=[sys.argv[0], *rest], verbosity=0, exit=False).result
    for _, reason in result.skipped:
        print('skipped:', reason)
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
