"""Lay out the tables that only Appizer needs; no statement holds a semicolon inside.

A user's `devices` are the properties of their devices, `posted` what was posted of them (NULL: nothing ever), and
`properties` both, the posted ones on top. `changes` of an app rises whenever its users or events change.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS appizer_apps(
    app_id INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, api_key TEXT NOT NULL UNIQUE, api_secret TEXT NOT NULL,
    settings TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
    devices_version INTEGER NOT NULL DEFAULT 0, changes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS appizer_audiences(
    seq INTEGER PRIMARY KEY, app_id INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT,
    criteria TEXT NOT NULL, created_at REAL NOT NULL, counted_at_change INTEGER, user_count INTEGER);
CREATE INDEX IF NOT EXISTS appizer_audiences_by_app ON appizer_audiences(app_id, seq);
CREATE TABLE IF NOT EXISTS appizer_users(
    app_id INTEGER NOT NULL, user_id TEXT NOT NULL, devices TEXT NOT NULL DEFAULT '{}', posted TEXT,
    properties TEXT NOT NULL GENERATED ALWAYS AS (json_patch(devices, coalesce(posted, '{}'))) STORED,
    PRIMARY KEY(app_id, user_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS appizer_events(
    seq INTEGER PRIMARY KEY, app_id INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL,
    name TEXT NOT NULL, properties TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS appizer_events_by_user ON appizer_events(app_id, name, user_id, at)
"""
