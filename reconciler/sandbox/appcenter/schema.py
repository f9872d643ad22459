"""Lay out the tables that only App Center needs; no statement holds a semicolon inside."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS appcenter_users(
    name TEXT PRIMARY KEY, id TEXT NOT NULL, display_name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS appcenter_orgs(
    name TEXT PRIMARY KEY, id TEXT NOT NULL, display_name TEXT NOT NULL,
    created_at REAL NOT NULL, updated_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS appcenter_apps(
    app_id INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, secret TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL, description TEXT, release_type TEXT, icon_url TEXT,
    os TEXT NOT NULL, platform TEXT NOT NULL,
    created_at REAL NOT NULL, updated_at REAL NOT NULL, blocked INTEGER NOT NULL DEFAULT 0, UNIQUE(owner, name));
CREATE TABLE IF NOT EXISTS appcenter_blocked(
    app_id INTEGER NOT NULL, install_id TEXT NOT NULL, PRIMARY KEY(app_id, install_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS appcenter_audiences(
    app_id INTEGER NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, description TEXT, enabled INTEGER NOT NULL,
    custom_properties TEXT, changed_at REAL NOT NULL,
    counted_version INTEGER, counted_at REAL, count INTEGER, total INTEGER,
    PRIMARY KEY(app_id, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS appcenter_notifications(
    seq INTEGER PRIMARY KEY, app_id INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    content TEXT NOT NULL,
    target TEXT, accepted_at REAL NOT NULL, settled_at REAL NOT NULL, success INTEGER NOT NULL, failures TEXT NOT NULL,
    failure INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS appcenter_notifications_by_app ON appcenter_notifications(app_id, archived, seq);
CREATE TABLE IF NOT EXISTS appcenter_configs(app_id INTEGER PRIMARY KEY, result TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS appcenter_exports(
    id TEXT PRIMARY KEY, app_id INTEGER NOT NULL, started_at REAL NOT NULL, reachable INTEGER NOT NULL) WITHOUT ROWID
"""
