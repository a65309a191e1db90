"""Tables of studio.db, as sqlite-utils migrations; a newer database is refused, an older one is brought up."""

import sqlite3
from collections.abc import Callable
from typing import Any

from engines.errors import InternalError

JOBS = """
create table jobs(
  n integer primary key autoincrement, id text not null unique, kind text not null, type text not null, owner text not null,
  lane text not null, model text not null default '', title text not null default '', style text, project text,
  status text not null, stage text not null default '', message text not null default '', progress real not null default 0,
  preview integer not null default 0,
  request text not null, resolved_prompt text, provenance text not null default '{}', result text, error text,
  seed integer, pixels integer not null default 0, steps integer not null default 1, units integer not null default 1,
  estimate real not null default 0,
  priority integer not null default 0, turn integer not null default 0, place real not null default 0,
  ready integer not null default 0, parked integer not null default 0, nudge integer not null default 0,
  not_before real not null default 0,
  idempotency_key text, idempotency_body text,
  parent text, root text, step text, content text, variation_of text,
  attempts integer not null default 0, token integer not null default 0, lease real, worker text, boss text,
  cancel real, favourite integer not null default 0, correlation_id text not null,
  created_at real not null, queued_at real not null, started_at real, completed_at real, progress_at real);
create unique index job_step on jobs(parent, step) where parent is not null;
create unique index job_key on jobs(owner, idempotency_key) where idempotency_key is not null;
create index job_ready on jobs(lane, priority desc, turn, place, n) where ready = 1;
create index job_turn on jobs(lane, owner, turn) where ready = 1;
create index job_held on jobs(worker) where worker is not null;
create index job_live on jobs(owner, parent) where completed_at is null;
create index job_shelf on jobs(owner, n) where parent is null;
create index job_shelf_type on jobs(owner, type, n) where parent is null;
create index job_shelf_status on jobs(owner, status, n) where parent is null;
create index job_shelf_favourite on jobs(owner, n) where favourite = 1;
create index job_children on jobs(parent, n) where parent is not null;
create index job_content on jobs(owner, content) where status = 'complete' and content is not null;
create index job_variations on jobs(variation_of) where variation_of is not null;
create virtual table job_words using fts5(words, tokenize = "unicode61 remove_diacritics 2");
"""

ARTIFACTS = """
create table artifacts(
  id text primary key, job text not null, number integer not null, path text not null, media_type text not null,
  role text not null default 'picture', width integer, height integer, duration real, bytes integer not null,
  sha256 text not null, meta text not null default '{}', created_at real not null);
create index artifact_job on artifacts(job, number);
create table uploads(
  id text primary key, owner text not null, path text not null, media_type text not null, name text not null,
  width integer, height integer, bytes integer not null, created_at real not null);
create index upload_owner on uploads(owner, created_at);
create table lanes(lane text primary key, paused integer not null default 0, turn integer not null default 0);
insert into lanes(lane) values ('gpu'), ('cpu'), ('io');
create table speeds(
  model text not null, pixels integer not null, steps integer not null, seconds real not null, seen integer not null,
  primary key (model, pixels, steps));
"""

SONGS = """
create table songs(
  n integer primary key autoincrement, id text not null unique, owner text not null, title text not null, slug text not null unique,
  lyrics text not null, tags text not null default '[]', style text not null, seed integer not null,
  width integer, height integer, model text not null default 'auto', published integer not null default 0, bible text,
  job text, book text, sheet text, created_at real not null);
create index song_owner on songs(owner, n);
create table verses(
  song text not null, number integer not null, name text not null, label text not null, text text not null, step text not null,
  prompt text, summary text, scene text, words text, seed integer, job text, primary key (song, number));
create index verse_job on verses(job) where job is not null;
"""


ERRANDS = """
create table errands(
  n integer primary key autoincrement, job text not null, part text not null, server text not null, remote text not null default '',
  month text not null, usd real not null, source text not null, heard integer not null default 0, created_at real not null, ended_at real);
create index errand_job on errands(job);
create index errand_month on errands(server, month);
create index errand_remote on errands(server, remote) where remote <> '';
"""

WARM = """
create table warm(
  worker text not null, model text not null, lane text not null, device text not null, gb real not null, since real not null,
  asked integer not null default 0, primary key (worker, model));
"""

ETA = "alter table jobs add column eta real"

LOADED = "alter table jobs add column loaded_at real"

REVIEWS = """
create table reviews(
  n integer primary key autoincrement, job text not null unique, root text not null, verdicts text not null, blocked integer not null,
  state text not null default 'open', created_at real not null, decided_at real);
create index review_root on reviews(root);
create index review_state on reviews(state, n);
create trigger review_gone after delete on jobs begin delete from reviews where job=old.id or root=old.id; end
"""

MIGRATIONS = {
    "jobs": JOBS, "artifacts": ARTIFACTS, "songs": SONGS, "eta": ETA, "errands": ERRANDS, "warm": WARM, "reviews": REVIEWS,
    "loaded": LOADED,
}  # fmt: skip
"""What each migration does, in the order they are applied; never change one that was released, add another."""


def _step(script: str) -> Callable[[Any], None]:
    def run(db: Any) -> None:
        for statement in script.split(";\n"):
            if statement.strip():
                db.execute(statement)

    return run


def _done(connection: sqlite3.Connection) -> set[str]:
    if connection.execute("select 1 from sqlite_master where name='_sqlite_migrations'").fetchone() is None:
        return set()
    return {each[0] for each in connection.execute("select name from _sqlite_migrations where migration_set='troubadour'")}


def bring_up(connection: sqlite3.Connection) -> None:
    """Create or migrate, each step whole or not at all; InternalError if the database was made by a newer studio."""
    done = _done(connection)
    if done - MIGRATIONS.keys():
        raise InternalError("studio.db was made by a newer Troubadour; update this one, or set STUDIO_HOME to another folder.")
    if done == MIGRATIONS.keys():
        return
    from sqlite_utils import Database, Migrations  # takes pandas along where it is installed; so only when there is work for it

    migrations = Migrations("troubadour")
    for name, script in MIGRATIONS.items():
        migrations(name=name)(_step(script))
    migrations.apply(Database(connection))
