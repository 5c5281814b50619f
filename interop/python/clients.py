"""Reads {url, secrets} from standard input, walks through the OAuth endpoints of the server with
requests-oauthlib, and writes what each step said."""
import json
import sys
import time

import requests
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session

given = json.load(sys.stdin)
url, secrets = given["url"], given["secrets"]
token_url, me = url + "/auth/token", url + "/auth/me"
out = {}


def refused(run):
    try:
        return run()
    except OAuth2Error as e:
        return e.error


# A service, which introspects nothing and asks with its own token. Its audience is not that of /auth/me.
service = OAuth2Session(client=BackendApplicationClient(client_id="service"))
token = service.fetch_token(token_url, client_id="service", client_secret=secrets["service"], scope=["read"])
out["scope"] = " ".join(token["scope"])
answer = requests.post(url + "/auth/introspect", data={"token": token["access_token"]}, auth=("gateway", secrets["gateway"]))
out["client credentials"] = answer.status_code if answer.json()["active"] else answer.json()
out["wrong secret"] = refused(lambda: OAuth2Session(client=BackendApplicationClient(client_id="service")).fetch_token(
    token_url, client_id="service", client_secret="wrong"))

# A person, by password, with refresh by itself.
updated = []
legacy = OAuth2Session(
    client=LegacyApplicationClient(client_id="legacy"), auto_refresh_url=token_url, token_updater=updated.append,
    auto_refresh_kwargs={"client_id": "legacy", "client_secret": secrets["legacy"]})
credentials = {"client_id": "legacy", "client_secret": secrets["legacy"]}
first = legacy.fetch_token(token_url, username="alice", password="correct horse", **credentials)
out["password"] = legacy.get(me).status_code
legacy.token = dict(first, expires_at=time.time() - 60)
out["after refresh"] = legacy.get(me).status_code
out["updated"] = len(updated)
out["rotated"] = updated[0]["refresh_token"] != first["refresh_token"]
out["wrong password"] = refused(lambda: OAuth2Session(client=LegacyApplicationClient(client_id="legacy")).fetch_token(
    token_url, username="alice", password="wrong horse", **credentials))
out["revoked"] = requests.post(url + "/auth/revoke", data={"token": updated[0]["refresh_token"]}, auth=("legacy", secrets["legacy"])).status_code
out["after revocation"] = refused(lambda: legacy.refresh_token(token_url, refresh_token=updated[0]["refresh_token"], **credentials))
print(json.dumps(out))
