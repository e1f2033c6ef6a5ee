-- A template may be in several pools, once in each. Those that were kept before are in one.
CREATE TABLE ${prefix}templates_before AS SELECT * FROM ${prefix}templates;

DROP TABLE ${prefix}templates;

CREATE TABLE ${prefix}templates (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    digest TEXT,
    size_bytes INTEGER CHECK (size_bytes >= 0),
    source TEXT,
    wrapped_key TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT ${prefix}templates_unique UNIQUE (name),
    CONSTRAINT ${prefix}templates_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}templates_wrapped_key_ix ON ${prefix}templates (wrapped_key);

CREATE INDEX ${prefix}templates_digest_ix ON ${prefix}templates (digest);

INSERT INTO ${prefix}templates (id, version, name, format, size_bytes, wrapped_key, created_at)
SELECT id, version, name, format, size_bytes, wrapped_key, created_at FROM ${prefix}templates_before;

CREATE TABLE ${prefix}template_copies (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    template TEXT NOT NULL,
    zone TEXT NOT NULL,
    pool TEXT NOT NULL,
    state TEXT NOT NULL,
    format TEXT NOT NULL,
    external_driver TEXT,
    external_kind TEXT,
    external_value TEXT,
    external_at INTEGER,
    encryption_format TEXT,
    encryption_attestation TEXT,
    copy_number INTEGER NOT NULL DEFAULT 0 CHECK (copy_number >= 0),
    home TEXT,
    CONSTRAINT ${prefix}template_copies_unique UNIQUE (template, zone, pool),
    CONSTRAINT ${prefix}template_copies_template_fk FOREIGN KEY (template) REFERENCES ${prefix}templates (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}template_copies_zone_fk FOREIGN KEY (zone) REFERENCES ${prefix}zones (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}template_copies_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}template_copies_zone_ix ON ${prefix}template_copies (zone);

CREATE INDEX ${prefix}template_copies_pool_ix ON ${prefix}template_copies (pool);

INSERT INTO ${prefix}template_copies (id, version, template, zone, pool, state, format, external_driver, external_kind,
    external_value, external_at, encryption_format, encryption_attestation, copy_number, home)
SELECT old.id, 1, old.id, p.zone, old.pool, 'READY', old.format, old.external_driver, old.external_kind, old.external_value,
    old.external_at, old.encryption_format, old.encryption_attestation, old.copy_number, old.home
FROM ${prefix}templates_before old JOIN ${prefix}pools p ON p.id = old.pool;

DROP TABLE ${prefix}templates_before;
