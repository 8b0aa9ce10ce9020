"""The regression suite that validation runs after the cutover: plain requests, plain assertions.

It asks the system at PROPTECH_URL, reads only, and ends with status 1 if anything fails.
"""

import json
import os
import unittest
import urllib.error
import urllib.request

BASE = os.environ["PROPTECH_URL"].rstrip("/")
ADMIN = {"Authorization": "Bearer " + os.environ["PROPTECH_ADMIN_TOKEN"]}


def ask(path, headers=None):
    request = urllib.request.Request(BASE + path, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), {}


class AfterTheCutover(unittest.TestCase):
    def test_the_release_with_tenants_serves(self):
        status, headers, body = ask("/classic/api/projects?limit=5")
        self.assertEqual(status, 200)
        self.assertEqual(headers.get("X-Release"), "multi")
        self.assertGreater(body["total"], 0)

    def test_every_project_belongs_to_the_default_tenant(self):
        _, _, body = ask("/classic/api/projects?limit=1000")
        owners = {project.get("tenant_id") for project in body["projects"]}
        self.assertEqual(owners, {"tenant-default"})

    def test_no_document_lacks_its_tenant(self):
        status, _, body = ask("/_lab/validation", ADMIN)
        self.assertEqual(status, 200)
        self.assertEqual(body["missing_all"], 0)
        self.assertEqual(body["unbound_users"], 0)
        self.assertGreater(body["owned_before"], 0, "documents that had a tenant keep it")

    def test_the_platform_lists_the_default_tenant(self):
        status, _, body = ask("/api/tenants", ADMIN)
        self.assertEqual(status, 200)
        self.assertIn("tenant-default", [tenant["id"] for tenant in body["tenants"]])

    def test_protected_requests_want_credentials(self):
        self.assertEqual(ask("/api/projects")[0], 401)
        self.assertEqual(ask("/api/projects", {"X-Tenant-Id": "tenant-default"})[0], 401)


if __name__ == "__main__":
    unittest.main()
