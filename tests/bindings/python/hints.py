# SPDX-License-Identifier: MIT
"""The type hints of the package are those of what is there, and a program that uses them passes."""
import importlib.util
import os
import subprocess
import sys
import tempfile

PROGRAM = '''
import emsign
import emsign.aio

with emsign.Client(store="sqlite:x.db", key_file="k", attempts=3) as client:
    account = client.account("example")
    order: emsign.Order = account.place(product="842", domain="www.example.com", san=["a.b"])
    year: int = order.not_after_utc.year if order.not_after_utc else 0
    pem: str | None = account.fetch(order.id).pem
    try:
        account.test()
    except emsign.AuthError as error:
        code: str = error.ca_code
    for key in client.scan("orders", status="issued"):
        print(key.id)
'''


def run(*command, **more):
    return subprocess.run([sys.executable, *command], check=False, **more).returncode


def main():
    if not importlib.util.find_spec('mypy'):
        print('no mypy: hints not checked')
        return 77
    if 'LD_PRELOAD' in os.environ:
        print('under a sanitizer: hints not checked')
        return 77
    env = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        env['MYPYPATH'] = os.environ['PYTHONPATH']
        allowed = os.path.join(folder, 'allowed')
        with open(allowed, 'w', encoding='utf-8') as file:
            # protocols and the names of unions are of the stub alone
            file.write('emsign\\.(\\w+Like|World|SecretSource|Plain|Values?)\n'
                       # no constructor: the library makes them
                       'emsign\\.(?!Client|Store|Secret|Transport)\\w+\\.__init__\n'
                       'emsign\\._(native|facts|handles|errors|emsign).*\n')
        config = os.path.join(folder, 'mypy.ini')
        with open(config, 'w', encoding='utf-8') as file:
            file.write('[mypy]\n')
            for part in ('_native', '_facts', '_handles', '_errors'):  # the package's own affair
                file.write(f'[mypy-emsign.{part}]\nignore_errors = True\nfollow_imports = skip\n')
        program = os.path.join(folder, 'program.py')
        with open(program, 'w', encoding='utf-8') as file:
            file.write(PROGRAM)
        return (run('-m', 'mypy.stubtest', 'emsign', '--concise', '--ignore-missing-stub',
                    '--mypy-config-file', config,
                    '--ignore-unused-allowlist', '--allowlist', allowed, env=env, cwd=folder) or
                run('-m', 'mypy', '--strict', '--cache-dir', folder, program, env=env, cwd=folder))


if __name__ == '__main__':
    sys.exit(main())
