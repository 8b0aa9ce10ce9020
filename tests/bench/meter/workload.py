"""What is asked and answered: tenants with their tokens, response bodies, scenarios."""

import base64
import json
import random
import uuid
from dataclasses import dataclass

SEED = 20261125
BODIES = {'300B': 300, '4KB': 4096}


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def _uuid(random_: random.Random) -> str:
    return str(uuid.UUID(int=random_.getrandbits(128), version=4))


def _token(tenant: str, user: str, random_: random.Random) -> str:
    """Shaped like an HS256 token of some 200 characters; nobody checks its signature."""
    head = _encoded(b'{"alg":"HS256","typ":"JWT"}')
    claims = _encoded(json.dumps({'sub': user, 'tid': tenant}, separators=(',', ':')).encode())
    return f'{head}.{claims}.{_encoded(random_.randbytes(32))}'


def tenants(count: int) -> list[dict]:
    """The same ones each time, in the format of `tenants: {file: ...}` of a scenario."""
    random_ = random.Random(SEED)
    out = []
    for index in range(count):
        tenant, user = _uuid(random_), _uuid(random_)
        token = _token(tenant, user, random_)
        out.append({'slug': f'org-{index}', 'id': tenant, 'users': [{'id': user, 'token': token}]})
    return out


def body(size: int) -> str:
    """A JSON answer of about `size` bytes as nginx is told it: $http_x_tenant_id becomes the id of
    the tenant that asked, so that each response can be told from another tenant's."""
    random_ = random.Random(SEED + size)
    variable = '$http_x_tenant_id'
    start = f'{{"tenantId":"{variable}","total":%d,"items":['
    rows: list[str] = []

    def length(extra: str = '') -> int:
        text = start % len(rows) + ','.join(rows + [extra] if extra else rows) + ']}'
        return len(text) - (len(variable) - 36) * text.count(variable)

    while True:
        index = len(rows) + 1
        row = (f'{{"id":"{_uuid(random_)}","name":"Member {index}","email":"member{index}'
               f'@example.com","plan":"basic","active":true,"balance":{random_.random() * 1000:.2f}'
               f',"joined":"2026-01-{index % 28 + 1:02}T09:30:00.123Z"}}')
        if length(row) > size:
            break
        rows.append(row)
    padding = size - length() - len(',"note":""')
    text = start % len(rows) + ','.join(rows) + ']'
    return text + (f',"note":"{"x" * padding}"}}' if padding >= 0 else '}')


@dataclass
class Phase:
    """One phase of a scenario; `loop` is the YAML of its open or closed loop."""

    loop: str
    seconds: float
    connections: str = 'mixed'
    connections_max: int = 64

    def yaml(self) -> str:
        return (f'  - name: load\n    for: {self.seconds:g}s\n    {self.loop}\n'
                f'    connections: {self.connections}\n'
                f'    connections_max: {self.connections_max}\n'
                f'    operations: {{list: 1}}\n')


def closed(users: int, seconds: float, think: str = '0s', **rest) -> Phase:
    return Phase(f'closed: {{users: {users}, think: {think}}}', seconds, **rest)


def open_loop(rate_per_s: float, seconds: float, arrivals: str, **rest) -> Phase:
    loop = f'open: {{rate: {rate_per_s:g}/s, arrivals: {arrivals}}}'
    return Phase(loop, seconds, **rest)


def scenario(url: str, path: str, phase: Phase) -> str:
    """Bring-your-own tenants, each with its token; one operation."""
    return f"""watertight: 1
name: bench
target:
  url: {url}
  identity:
    - {{header: X-Tenant-ID, value: "{{tenant.id}}", default: true}}
  session:
    headers: {{Authorization: "Bearer {{user.token}}"}}
tenants:
  file: tenants.json
operations:
  list: {{get: {path}}}
traffic:
{phase.yaml()}criteria:
  - {{id: answered, require: "availability >= 99.9%"}}
"""
