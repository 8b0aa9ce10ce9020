"""locust with a tenant on each request, each answer checked for being that tenant's.

Environment: URL, TENANTS (a JSON file)."""

import json
import os
import random
from urllib.parse import urlsplit

from locust import FastHttpUser, task

with open(os.environ['TENANTS'], encoding='utf-8') as file:
    TENANTS = json.load(file)
PATH = urlsplit(os.environ['URL']).path


class Member(FastHttpUser):
    """Asks again as soon as it has its answer."""

    host = os.environ['URL'].removesuffix(PATH)

    @task
    def read(self) -> None:
        tenant = random.choice(TENANTS)
        headers = {
            'X-Tenant-ID': tenant['id'],
            'Authorization': 'Bearer ' + tenant['users'][0]['token'],
        }
        with self.client.get(PATH, headers=headers, catch_response=True) as answer:
            if answer.status_code != 200 or tenant['id'] not in answer.text:
                answer.failure('not its own')
