# SPDX-License-Identifier: MIT
"""Turns the golden directories of the dialect into plays: what a caller of the public API has to do
so that exactly the pinned question goes out, line by line for a player in any language.

    case NAME           a new case; all that follows is its own
    config NAME=TEXT    of the client
    credential NAME=TEXT, key TEXT
    now MS, random HEX  the world; random(n) gives the bytes that are n
    row KIND ID         a row that is in the store already, and its values:
    value NAME=TEXT
    secret ID=TEXT      something that is kept sealed already
    answer PATH         of the CA to the next question; there is no answer to the one after the last
    verb NAME, arg NAME=TEXT, document TEXT
    end                 now do it, and print what was asked, how it ended, what is kept

In TEXT \\n stands for a line break.
"""
import datetime
import json
import os
import time

SITE = 'https://sandbox-us-api.certinext.io/'
URL = {'v1': SITE + 'emSignHub-API/', 'v2': SITE}
KEY = 'EXAMPLE-ACCESS-KEY-0123456789abcdef'
TOKEN = 'EMSIGN-CANARY-access-token'
NOW = '2026-01-15T10:20:30+00:00'
RANDOM = '6f1d2c3b4a5968778695a4b3c2d1e0f9'
MARK = 'emsign:'
ISSUED = os.path.join(os.path.dirname(__file__), 'issued.pem')  # what is reissued

# Directories, and whole verbs of the dialect, to which nothing in the public API leads, and why.
NOT_PLAYED = {
    'v1': {},
    'v2': {
        'domain-no-id': 'the client looks for the id first',
        'token-digest': 'a credential that says so is refused when it is added',
        'token-no-token-yet': 'the client asks for one first',
    },
}
# Directories whose question no call of the public API leads to, and why: nothing goes out.
NEVER_ASKED = {
    'v1': {
        'accept-loopback': 'the client refuses a loopback address itself',
        'cancel-draft-without-remarks': 'the client wants remarks',
        'challenge-strange-method': 'the client refuses the method itself',
        'revoke-refused-reason': 'the client refuses the reason itself',
        'revoke-remarks': 'the client refuses the semicolon itself',
    },
    'v2': {
        'cancel-draft-without-remarks': 'the client wants remarks',
        'challenge-strange-method': 'the client refuses the method itself',
        'domain-add-method': 'the client refuses the method itself',
        'place-ov-ucc': 'the form takes no variant, which is of the product',
        'place-smime': 'only v1 orders them',
        'place-years-that-break-out': 'the form takes a number of years',
        'reissue-odd-reason': 'the client refuses the reason itself',
        'revoke-refused-reason': 'the client refuses the reason itself',
        'revoke-remarks': 'the client refuses the semicolon itself',
        'track-no-order': 'the client wants an order',
    },
}
# Their answers are understood, but the client asks in other words.
ASKED_OTHERWISE = {
    'v1': {
        'organization-no-token': 'the client names the group of an organization',
        'products-no-group-empty': 'the client asks for the products of each group',
        'report-criteria': 'the client uses one criterion at a time',
        'report-from-alone': 'the client fills in the day till which',
        'report-no-totals': 'the client asks for other pages than the fourth of 100 rows',
        'report-second-page': 'the client wants 100 rows per page',
    },
    'v2': {
        'domain-attempts': 'the client wants 50 of them per page',
        'domain-attempts-none': 'the client wants 50 of them per page',
        'domains-second-page': 'the client wants all of them, 100 per page',
        'products-no-group-empty': 'the client asks for the products of each group',
        'report-days': 'the client lists the orders of all groups',
        'report-no-totals': 'the client asks for other pages than the fourth of 100 rows',
        'report-past-the-end': 'the client asks for no page behind the last',
        'report-second-page': 'the client wants 100 rows per page',
    },
}
# What their answers say is not kept, and why.
NOT_KEPT = {
    'v1': {
        'account': ('organization', 'kept with its details alone'),
        'fetch-bare': ('certificate', 'is none'),
        'fetch-interim': ('certificate', 'is none'),
        'fetch-pem': ('certificate', 'is none'),
        'place-private': ('certificate', 'is none'),
    },
    'v2': {
        'account': ('organization', 'kept with its details alone'),
        'domains-second-page': ('domain', 'kept when all pages are there'),
        'fetch-book-shape': ('certificate', 'is none'),
        'fetch-no-chain': ('certificate', 'is none'),
        'fetch-pem': ('certificate', 'is none'),
        'fetch-root-first': ('certificate', 'is none'),
        'organizations': ('organization', 'kept with its details alone'),
        'place-links': ('order', 'kept with the names that were ordered'),
        'reissue': ('order', 'takes the request and the state from it'),
        'reissue-names': ('order', 'takes the request and the state from it'),
        'report-labels': ('order', 'its rows are of one order, and the last one counts'),
        'report-serials': ('order', 'its rows are of one order, and the last one counts'),
        'test': ('user', 'the test login keeps the time of the test'),
    },
}
# Secrets that are kept under another name than the one in the answer.
SEALED_AS = {'token': 'access-token'}
# What a golden file says of a credential, and the field that it is of.
CREDENTIAL = (('auth', 'auth'), ('client', 'client_id'))


class Case:
    """One golden directory, and the play that is made of it."""

    def __init__(self, folder, work):
        self.work = work
        self.name = os.path.basename(folder)
        self.api = os.path.basename(os.path.dirname(folder))
        self.folder = folder
        self.rows = []
        self.answers = []
        self.said, self.args = {}, []
        with open(os.path.join(folder, 'call'), encoding='utf-8') as file:
            for line in file.read().splitlines():
                name, _, value = line.partition('=')
                if name.startswith('arg.'):
                    self.args.append((name[4:], value))
                elif not name.startswith('#'):
                    self.said[name] = value

    def arg(self, name):
        return next((value for key, value in self.args if key == name), None)

    def path(self, name='response.http'):
        return os.path.join(self.folder, name)

    def add(self, word, *values):
        self.rows.append(' '.join((word,) + values))

    def row(self, kind, id, **values):
        self.add('row', kind, id)
        for key, value in values.items():
            if value is not None:
                self.add('value', f'{key}={value}')

    def order(self):
        """The order that the question is about, as it is known here."""
        self.row('order', f'demo/{self.arg("order")}', credential='demo', number=self.arg('order'),
                 family=self.said.get('family', 'ssl'), url=SITE,
                 requester_email=self.arg('requester.email'))

    def verb(self, name, *args):
        self.add('verb', name)
        for key, value in args:
            if value is not None:
                self.add('arg', f'{key}={value}')

    def after(self, other, edit=None):
        """The question comes after one that another directory answers, perhaps a little changed."""
        path = os.path.join(os.path.dirname(self.folder), other, 'response.http')
        if edit:
            with open(path, encoding='utf-8') as file:
                head, _, body = file.read().partition('\n\n')
            said = json.loads(body)
            edit(said)
            path = os.path.join(self.work, f'{self.name}-{len(self.answers)}')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(f'{head}\n\n{json.dumps(said)}\n')
        self.answers.append(path)

    def login(self):
        """The question for a token comes first."""
        self.after('token', lambda said: said.update(access_token=TOKEN))

    def wants_login(self):
        with open(self.path('facts.txt'), encoding='utf-8') as file:
            return ' class=LOGIN ' in file.read()

    def play(self):
        """The lines of the play, and which of the questions is the pinned one."""
        said = self.said
        by_token = self.api == 'v2' and said['verb'] != 'token'
        if by_token:
            self.login()
        VERBS[said['verb']](self)
        asked = len(self.answers)
        if os.path.exists(self.path()):
            self.answers.append(self.path())
            if by_token and self.wants_login():  # it gets one, and says the same again
                self.login()
                self.answers.append(self.path())
        if 'url' in said:  # as somebody else may have put it there: the client completes it
            self.row('credential', 'demo', name='demo', api=self.api, url=said['url'],
                     account_number='1234567890')
        now = datetime.datetime.fromisoformat(said.get('now', NOW).replace('Z', '+00:00'))
        return [f'case {self.name}', f'now {int(now.timestamp()) * 1000}',
                f'random {said.get("random", RANDOM)}',
                f'credential api={self.api}', f'credential url={URL[self.api]}',
                'credential account=1234567890',
                *(f'credential {field}={said[name]}' for name, field in CREDENTIAL if name in said),
                f'key {said.get("key", KEY)}',
                *self.rows, *(f'answer {path}' for path in self.answers), 'end'], asked


def plain(verb, *names):
    """A verb that takes what the question takes."""
    def play(case):
        case.order()
        case.verb(verb, *((name, case.arg(name)) for name in names))
    return play


def sync(what):
    return lambda case: case.verb('sync', ('what', what))


def first_group(said):
    """Of all groups and organizations of an account the first."""
    groups = said.get('accountDetails', said)['groups']
    del groups[1:], groups[0]['organizationDetails'][1:]


def organization(case):
    case.after('account', first_group)
    if case.api == 'v2':  # lists those of a group, and those of none
        case.after('organizations-none')
        case.after('organizations-none')
    case.verb('sync', ('what', 'organizations'))


def organizations(case):
    if case.arg('group'):
        case.after('account', first_group)
    else:
        case.after('account-none')
    case.verb('sync', ('what', 'organizations'))


def products(case):
    case.after('account', first_group)
    case.verb('sync', ('what', 'products'))


def custom_fields(case):
    code = case.arg('product')
    case.row('product', f'demo/{code}', credential='demo', code=code)
    case.verb('sync', ('what', 'custom_fields'))


def csr(case):
    """The CSR of the files is none, or there is none; as a row of the store it is not read again."""
    case.row('csr', 'demo/csr', domain=case.arg('domain') or 'www.example.com', pem=case.arg('csr'),
             spki='00')


def reissue(case):
    with open(ISSUED, encoding='utf-8') as file:
        pem = file.read()
    case.order()
    # only an issued order is reissued, and the CA is asked which request it was last
    case.after('track-issued', lambda said: said.update(requestId='2127434290'))
    case.after('fetch-pem', lambda said: said.update(certificatePem=pem))
    args = [(name, value) for name, value in case.args if name != 'csr']
    if case.arg('csr'):
        csr(case)
        args.append(('csr_id', 'demo/csr'))
    case.verb('reissue', *args)


def ledger(case):
    case.verb('ledger', ('group', case.arg('group')))


def domain_add(case):
    case.verb('domain_add', *((n, case.arg(n)) for n in ('domain', 'organization', 'method')))


def registered(case):
    """The domain that the question is about, as it is known here."""
    case.row('domain', 'demo/example.com', credential='demo', name='example.com', status='active',
             domain_id=case.arg('domain_id'), method=case.arg('method'))
    return 'domain', 'example.com'


def domain_verb(verb):
    return lambda case: case.verb(verb, registered(case))


def domain_find(case):
    case.verb('domain_refresh', ('domain', case.arg('domain')))  # nothing is known of it here


def domain_challenge(case):
    case.after('domain')
    case.verb('domain_challenge', registered(case), ('method', case.arg('method')))


def domain_method(case):
    """Only another method than the CA has is asked for."""
    case.after('domain', lambda said: said['dcv'].update(method='dns-cname'))
    case.verb('domain_challenge', registered(case), ('method', case.arg('method')))


def domain_verify(case):
    case.row('challenge', 'demo/example.com', credential='demo', domain='example.com',
             method=case.arg('method'), status='pending')
    case.verb('domain_verify', registered(case))


def domain_attempt(case):
    case.after('domain-attempts')
    case.verb('domain_attempts', registered(case))


def submit_csr(case):
    case.order()
    csr(case)
    case.verb('submit_csr', ('order', case.arg('order')), ('csr', 'demo/csr'))


def submit_document(case):
    case.order()
    case.add('document', case.said['document'])
    case.verb('submit_document', *((n, case.arg(n)) for n in ('order', 'name', 'description')))


def revoke(case):
    case.order()
    case.after('track-issued')  # only an issued order can be revoked, and the CA is asked
    case.verb('revoke', *((name, case.arg(name)) for name in ('order', 'reason', 'comments')))


def cancel_draft(case):
    case.row('order', 'demo/draft', credential='demo', request_number=case.arg('request'), url=SITE)
    case.verb('cancel', ('order', 'demo/draft'), ('remarks', case.arg('remarks')))


def report(case):
    days = {name: time.strftime('%Y-%m-%d', time.gmtime(int(case.arg(name))))
            for name in ('from', 'till') if case.arg(name)}
    case.verb('import', ('certificates', 'no'), *days.items())


def place(case):
    tags = [value for name, value in case.args if name == 'tag']
    args = [(name, value) for name, value in case.args if name != 'csr']
    if len(tags) == 1 and tags[0].startswith(MARK):  # the library's own, of a number of 8 bytes
        case.add('random', tags[0][len(MARK):])
        args.remove(('tag', tags[0]))
    else:
        case.add('config', 'mark_orders=no')
    if case.said.get('token'):
        case.add('secret', f'demo/organization/{case.arg("organization")}/token='
                           f'{case.said["token"]}')
    csr(case)
    case.verb('place', ('family', case.said['family']), *args, ('csr_id', 'demo/csr'))


VERBS = {
    'token': lambda case: case.verb('test'),
    'test': lambda case: case.verb('test'),
    'account': sync('groups'),
    'organization': organization,
    'organizations': organizations,
    'domains': sync('domains'),
    'products': products,
    'custom-fields': custom_fields,
    'place': place,
    'submit-csr': submit_csr,
    'submit-document': submit_document,
    'accept': plain('accept', 'order', 'signer.name', 'signer.place', 'signer.ip'),
    'track': plain('refresh', 'order'),
    'challenge': plain('challenge', 'order', 'domain', 'method'),
    'verify': plain('verify', 'order', 'domain', 'method', 'email'),
    'fetch': plain('fetch', 'order'),
    'cancel': plain('cancel', 'order', 'remarks'),
    'cancel-draft': cancel_draft,
    'revoke': revoke,
    'report': report,
    'reissue': reissue,
    'ledger': ledger,
    'domain': domain_verb('domain_refresh'),
    'domain-add': domain_add,
    'domain-find': domain_find,
    'domain-challenge': domain_challenge,
    'domain-method': domain_method,
    'domain-verify': domain_verify,
    'domain-attempts': domain_verb('domain_attempts'),
    'domain-attempt': domain_attempt,
    'domain-deactivate': domain_verb('domain_deactivate'),
}


def cases(golden, work):
    """All of them, by name; answers that are made lie in the folder work."""
    for name in sorted(os.listdir(golden)):
        yield Case(os.path.join(golden, name), work)
