"""Lay out the tables that only Mobile Engagement needs; no statement holds a semicolon inside."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS mobileengagement_campaigns(
    id INTEGER PRIMARY KEY AUTOINCREMENT, app_id INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    content TEXT NOT NULL, starts_at REAL, ends_at REAL, activated_at REAL, ready_at REAL, finished_at REAL,
    open INTEGER NOT NULL DEFAULT 0, evaluated_version INTEGER, UNIQUE(app_id, kind, name));
CREATE INDEX IF NOT EXISTS mobileengagement_open ON mobileengagement_campaigns(app_id) WHERE open;
CREATE TABLE IF NOT EXISTS mobileengagement_pushes(
    campaign_id INTEGER NOT NULL, device_seq INTEGER NOT NULL, push INTEGER NOT NULL,
    native INTEGER NOT NULL, dropped INTEGER NOT NULL, PRIMARY KEY(campaign_id, device_seq, push)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mobileengagement_tags(
    seq INTEGER PRIMARY KEY, app_id INTEGER NOT NULL, install_id TEXT NOT NULL, tags TEXT NOT NULL, due REAL NOT NULL);
CREATE INDEX IF NOT EXISTS mobileengagement_tags_by_app ON mobileengagement_tags(app_id, due);
CREATE TABLE IF NOT EXISTS mobileengagement_changes(
    app_id INTEGER NOT NULL, install_id TEXT NOT NULL, tag TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY(app_id, install_id, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mobileengagement_tasks(
    id INTEGER PRIMARY KEY AUTOINCREMENT, app_id INTEGER NOT NULL, direction TEXT NOT NULL, type TEXT,
    description TEXT, url TEXT NOT NULL, created_at REAL NOT NULL, error TEXT);
CREATE TABLE IF NOT EXISTS mobileengagement_tokens(
    digest TEXT PRIMARY KEY, access TEXT NOT NULL, expires_at REAL NOT NULL) WITHOUT ROWID;
"""
