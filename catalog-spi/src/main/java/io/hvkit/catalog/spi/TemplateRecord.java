package io.hvkit.catalog.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Sha256;
import java.time.Instant;
import java.util.Optional;

/**
 * An image that volumes are made from. Where its bytes are, its {@link TemplateCopyRecord}s say.
 *
 * @param id its id
 * @param version see {@link CatalogRecord#version}
 * @param name unique among templates
 * @param content what it holds, which never changes
 * @param source where its image is fetched from, if it is; without a user or a password
 * @param key the key that opens it, if it is encrypted with one; kept as long as this record is
 * @param createdAt when it was asked for
 */
public record TemplateRecord(
        RecordId<TemplateRecord> id,
        long version,
        String name,
        Content content,
        Optional<String> source,
        Optional<RecordId<KeyRecord>> key,
        Instant createdAt)
        implements CatalogRecord<TemplateRecord> {

    /**
     * What a template holds.
     *
     * @param format how its image is laid out
     * @param digest the digest of its image; nothing if it was made from a volume
     * @param size what a machine sees; nothing until it was seen in a pool, and the same from then on
     */
    public record Content(ImageFormat format, Optional<Sha256> digest, Optional<ByteSize> size) {}

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public TemplateRecord {
        Texts.name("a template's name", name);
        source.ifPresent(from -> Texts.text("a template's source", from));
    }

    /** By name. */
    public static final Field<TemplateRecord, String> NAME = Field.of("name", TemplateRecord::name);

    /** By the digest of its image. */
    public static final Field<TemplateRecord, String> DIGEST =
            Field.optional("digest", template -> template.content.digest.map(Sha256::hex));

    /** By key. */
    public static final Field<TemplateRecord, RecordId<KeyRecord>> KEY = Field.optional("key", TemplateRecord::key);

    /** Returns this template, of which a machine sees so much. */
    public TemplateRecord of(ByteSize size) {
        Content seen = new Content(content.format, content.digest, Optional.of(size));
        return new TemplateRecord(id, version, name, seen, source, key, createdAt);
    }

    @Override
    public TemplateRecord withVersion(long other) {
        return new TemplateRecord(id, other, name, content, source, key, createdAt);
    }
}
