ALTER TABLE ${prefix}volumes ADD COLUMN copy_number bigint NOT NULL DEFAULT 0 CHECK (copy_number >= 0);

ALTER TABLE ${prefix}volumes ADD COLUMN second_copy_number bigint NOT NULL DEFAULT 0 CHECK (second_copy_number >= 0);

ALTER TABLE ${prefix}templates ADD COLUMN copy_number bigint NOT NULL DEFAULT 0 CHECK (copy_number >= 0);
