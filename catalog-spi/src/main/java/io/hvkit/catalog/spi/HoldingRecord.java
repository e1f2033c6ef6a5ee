package io.hvkit.catalog.spi;

import java.util.Optional;

/**
 * Who has a thing, by which offering, and how much of what is counted for it. A thing that nobody has, such as what a platform makes for
 * itself, has no holding and counts for nobody.
 *
 * @param id its id, which follows from the thing: so there is at most one for each
 * @param version see {@link CatalogRecord#version}
 * @param thing what is held: its kind and its id, such as {@code volume:7c2f}
 * @param account who holds it
 * @param offering the offering by which it was had, if it was by one
 * @param standing whether it is there
 * @param counted how much is counted for it
 */
public record HoldingRecord(
        RecordId<HoldingRecord> id,
        long version,
        String thing,
        RecordId<AccountRecord> account,
        Optional<RecordId<OfferingRecord>> offering,
        Standing standing,
        Amounts counted)
        implements CatalogRecord<HoldingRecord> {

    /** Whether what is held is there. */
    public enum Standing {
        /** It is being made, and counted so that there is room for it. */
        RESERVED,
        /** It is there. */
        HELD
    }

    /**
     * Checks the thing and the amounts.
     *
     * @throws IllegalArgumentException if less than nothing is counted, or the thing is not {@linkplain Catalog as names must be}
     */
    public HoldingRecord {
        Texts.name("what is held", thing);
        if (counted.isNegative()) {
            throw new IllegalArgumentException("nothing counts less than nothing, and " + thing + " would: " + counted);
        }
    }

    /** By what is held. */
    public static final Field<HoldingRecord, String> THING = Field.of("thing", HoldingRecord::thing);

    /** By who holds it. */
    public static final Field<HoldingRecord, RecordId<AccountRecord>> ACCOUNT =
            Field.of("account", HoldingRecord::account);

    /** By the offering. */
    public static final Field<HoldingRecord, RecordId<OfferingRecord>> OFFERING =
            Field.optional("offering", HoldingRecord::offering);

    /** Returns the id of the holding of a thing. */
    public static RecordId<HoldingRecord> idOf(String thing) {
        return Digests.idOf("holding " + thing);
    }

    /** Returns a holding of a thing that is being made, which is not kept yet. */
    public static HoldingRecord reserved(
            String thing,
            RecordId<AccountRecord> account,
            Optional<RecordId<OfferingRecord>> offering,
            Amounts counted) {
        return new HoldingRecord(idOf(thing), 0, thing, account, offering, Standing.RESERVED, counted);
    }

    /** Returns this holding with something else counted. */
    public HoldingRecord counting(Amounts other) {
        return new HoldingRecord(id, version, thing, account, offering, standing, other);
    }

    /** Returns this holding of a thing that is there. */
    public HoldingRecord held() {
        return new HoldingRecord(id, version, thing, account, offering, Standing.HELD, counted);
    }

    /** Returns this holding of another account. */
    public HoldingRecord of(RecordId<AccountRecord> other) {
        return new HoldingRecord(id, version, thing, other, offering, standing, counted);
    }

    /** Returns this holding by another offering, or by none. */
    public HoldingRecord by(Optional<RecordId<OfferingRecord>> other) {
        return new HoldingRecord(id, version, thing, account, other, standing, counted);
    }

    @Override
    public HoldingRecord withVersion(long other) {
        return new HoldingRecord(id, other, thing, account, offering, standing, counted);
    }
}
