-- A template may be in several pools, once in each. Those that were kept before are in one.
CREATE TABLE ${prefix}template_copies (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    template text COLLATE "C" NOT NULL,
    zone text COLLATE "C" NOT NULL,
    pool text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    format text NOT NULL,
    external_driver text,
    external_kind text,
    external_value text,
    external_at bigint,
    encryption_format text,
    encryption_attestation text,
    copy_number bigint NOT NULL DEFAULT 0 CHECK (copy_number >= 0),
    home text,
    CONSTRAINT ${prefix}template_copies_unique UNIQUE (template, zone, pool),
    CONSTRAINT ${prefix}template_copies_template_fk FOREIGN KEY (template) REFERENCES ${prefix}templates (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}template_copies_zone_fk FOREIGN KEY (zone) REFERENCES ${prefix}zones (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}template_copies_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}template_copies_zone_ix ON ${prefix}template_copies (zone);

CREATE INDEX ${prefix}template_copies_pool_ix ON ${prefix}template_copies (pool);

INSERT INTO ${prefix}template_copies (id, version, template, zone, pool, state, format, external_driver, external_kind,
    external_value, external_at, encryption_format, encryption_attestation, copy_number, home)
SELECT old.id, 1, old.id, p.zone, old.pool, 'READY', old.format, old.external_driver, old.external_kind, old.external_value,
    old.external_at, old.encryption_format, old.encryption_attestation, old.copy_number, old.home
FROM ${prefix}templates old JOIN ${prefix}pools p ON p.id = old.pool;

ALTER TABLE ${prefix}templates ADD COLUMN digest text COLLATE "C";

ALTER TABLE ${prefix}templates ADD COLUMN source text;

ALTER TABLE ${prefix}templates ALTER COLUMN size_bytes DROP NOT NULL;

ALTER TABLE ${prefix}templates DROP COLUMN pool;

ALTER TABLE ${prefix}templates DROP COLUMN external_driver;

ALTER TABLE ${prefix}templates DROP COLUMN external_kind;

ALTER TABLE ${prefix}templates DROP COLUMN external_value;

ALTER TABLE ${prefix}templates DROP COLUMN external_at;

ALTER TABLE ${prefix}templates DROP COLUMN encryption_format;

ALTER TABLE ${prefix}templates DROP COLUMN encryption_attestation;

ALTER TABLE ${prefix}templates DROP COLUMN copy_number;

ALTER TABLE ${prefix}templates DROP COLUMN home;

CREATE INDEX ${prefix}templates_digest_ix ON ${prefix}templates (digest);
