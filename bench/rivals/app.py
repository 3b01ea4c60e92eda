# The same check as in app.go, in the second language: an ASGI application for
# uvicorn with uvloop and httptools, asyncpg's prepared statement and pool.
#
#     DATABASE=... uvicorn --uds SOCKET app:app

import json
import os
import time
from datetime import datetime, timedelta, timezone

import asyncpg

ZONE = timezone(timedelta(hours=8))
QUERY = '''select number, name, qualification, specialty, level, approved,
    issuer, status, code, scene, applied, expires, sha256, size
    from copy where code = $1'''
CERTIFICATE = ('number', 'name', 'qualification', 'specialty', 'level',
               'approved', 'issuer', 'status')
pool = None


def text(seconds):
    return datetime.fromtimestamp(seconds, ZONE).isoformat(timespec='seconds')


async def send(sender, status, answer):
    body = json.dumps(answer, ensure_ascii=False,
                      separators=(',', ':')).encode()
    await sender({'type': 'http.response.start', 'status': status,
                  'headers': [(b'content-type', b'application/json'),
                              (b'content-length', b'%d' % len(body))]})
    await sender({'type': 'http.response.body', 'body': body})


async def check(code, sender):
    row = await pool.fetchrow(QUERY, code)
    if row is None:
        return await send(sender, 404, {'result': 'not_found'})

    now = int(time.time())
    result = 'valid'
    if row['status'] != 'valid':
        result = row['status']
    elif now >= row['expires']:
        result = 'expired'

    await send(sender, 200, {
        'result': result,
        'certificate': {name: row[name] for name in CERTIFICATE},
        'annotation': {
            'code': row['code'], 'scene': row['scene'],
            'applied': text(row['applied']), 'expires': text(row['expires']),
            'sha256': row['sha256'], 'size': row['size']},
        'checked': text(now)})


async def lifespan(receive, sender):
    global pool
    await receive()
    pool = await asyncpg.create_pool(os.environ['DATABASE'], min_size=8,
                                     max_size=8)
    await sender({'type': 'lifespan.startup.complete'})
    await receive()
    await sender({'type': 'lifespan.shutdown.complete'})


async def app(scope, receive, sender):
    if scope['type'] == 'lifespan':
        await lifespan(receive, sender)
    else:
        await check(scope['path'].removeprefix('/check/'), sender)
