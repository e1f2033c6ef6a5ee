package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.VolumeRecord.Encryption;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.ImageFormat;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A row that is read. What makes no sense is an {@link IllegalArgumentException}, to which the reader adds the record's name. */
final class Row {

    private final ResultSet results;

    Row(ResultSet results) {
        this.results = results;
    }

    Optional<String> optional(String column) throws SQLException {
        return Optional.ofNullable(results.getString(column));
    }

    String text(String column) throws SQLException {
        return optional(column).orElseThrow(() -> new IllegalArgumentException(column + " is NULL"));
    }

    long number(String column) throws SQLException {
        long number = results.getLong(column);
        if (results.wasNull()) {
            throw new IllegalArgumentException(column + " is NULL");
        }
        return number;
    }

    int count(String column) throws SQLException {
        long number = number(column);
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(column + " is " + number);
        }
        return (int) number;
    }

    Optional<byte[]> bytes(String column) throws SQLException {
        return Optional.ofNullable(results.getBytes(column));
    }

    Instant moment(String column) throws SQLException {
        return Moments.of(number(column));
    }

    Optional<Instant> optionalMoment(String column) throws SQLException {
        return optional(column).isEmpty() ? Optional.empty() : Optional.of(moment(column));
    }

    <E extends Enum<E>> E one(Class<E> of, String column) throws SQLException {
        return Enum.valueOf(of, text(column));
    }

    <R extends CatalogRecord<R>> RecordId<R> id(String column) throws SQLException {
        return new RecordId<>(text(column));
    }

    <R extends CatalogRecord<R>> Optional<RecordId<R>> optionalId(String column) throws SQLException {
        return optional(column).map(RecordId::new);
    }

    ByteSize size(String column) throws SQLException {
        return ByteSize.bytes(number(column));
    }

    Optional<ByteSize> optionalSize(String column) throws SQLException {
        return optional(column).isEmpty() ? Optional.empty() : Optional.of(size(column));
    }

    Facts facts(String column) throws SQLException {
        return facts(Json.read(text(column)));
    }

    static Facts facts(Object json) {
        Facts facts = Facts.NONE;
        if (!(json instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("no facts");
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            facts = facts.with((String) entry.getKey(), entry.getValue());
        }
        return facts;
    }

    Amounts amounts(String column) throws SQLException {
        Map<String, Long> sizes = new TreeMap<>();
        facts(column).texts().forEach((resource, size) -> sizes.put(resource, Long.valueOf(size)));
        return Amounts.of(sizes);
    }

    /** Returns amounts as they are kept. */
    static Facts facts(Amounts amounts) {
        Map<String, String> texts = new TreeMap<>();
        amounts.sizes().forEach((resource, size) -> texts.put(resource, Long.toString(size)));
        return Facts.of(texts);
    }

    Sighting sighting() throws SQLException {
        return new Sighting(one(Sighting.State.class, "seen_state"), moment("seen_at"));
    }

    PoolRecord.Reach reach() throws SQLException {
        return new PoolRecord.Reach(id("zone"), optionalId("cluster"), optionalId("host"));
    }

    Optional<PoolRecord.Membership> membership() throws SQLException {
        Optional<RecordId<PoolRecord>> parent = optionalId("parent");
        return parent.isEmpty()
                ? Optional.empty()
                : Optional.of(new PoolRecord.Membership(parent.get(), count("absences")));
    }

    /** Reads a place; the names of its columns begin with {@code prefix}. */
    Place place(String prefix) throws SQLException {
        Optional<ExternalId> externalId = Optional.empty();
        if (optional(prefix + "external_value").isPresent()) {
            externalId = Optional.of(new ExternalId(
                    text(prefix + "external_driver"),
                    text(prefix + "external_kind"),
                    text(prefix + "external_value"),
                    moment(prefix + "external_at")));
        }
        Optional<Encryption> encryption = Optional.empty();
        if (optional(prefix + "encryption_format").isPresent()) {
            encryption = Optional.of(
                    new Encryption(text(prefix + "encryption_format"), text(prefix + "encryption_attestation")));
        }
        RecordId<PoolRecord> pool = id(prefix + "pool");
        Optional<RecordId<PoolRecord>> home = optionalId(prefix + "home");
        return new Place(
                pool,
                home.orElse(pool),
                count(prefix + "copy_number"),
                one(ImageFormat.class, prefix + "format"),
                externalId,
                encryption,
                optional(prefix + "disk_uuid").map(DiskUuid::new));
    }
}
